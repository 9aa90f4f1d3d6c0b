// What somebody at the broker could do once: where answers go, what is recorded, how long a thing is that is sent back.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Stranger, TREE, command, listens, metric } from "./stranger.mjs";
import { House, until } from "./support.mjs";

describe("what a stranger cannot do any more", () => {
    let house, stranger;
    before(async () => {
        house = await House.start();
        stranger = await Stranger.at(house);
    });
    after(async () => {
        await stranger?.leave();
        await house?.demolish();
    });

    it("nothing is answered where others listen for something else", async () => {
        for (const topic of ["homeassistant/device/hall_demo/config", "hall/v1/other/agent/pc1/reply",
            "hall/v1/other/command/closing.cancel"]) {
            await stranger.say("command/closing.start", command(), { responseTopic: topic });
            await stranger.settled();
            const answers = stranger.heard.filter((m) => m.topic === topic && m.payload.includes("unknown_command"));
            assert.deepEqual(answers, []);
        }
    });

    it("every command that is taken has a record with its id", async () => {
        for (const [name, args] of [["status.refresh", {}], ["events.resend", { from_seq: 1 }],
            ["closing.inhibit", { seconds: 1 }], ["window.set", { window: "1", state: "closed" }]]) {
            const one = command({ args });
            assert.equal((await stranger.ask(name, one)).result, "done");
            const records = (await house.records()).filter((r) => r.detail.id === one.id);
            assert.deepEqual(records.map((r) => [r.type, r.detail.name, r.actors]), [["command.accepted", name, ["mqtt"]]]);
        }
    });

    it("what the rules refuse is recorded and counted, too", async () => {
        const before = await metric(house, "hall_commands_rejected_total");
        const one = command();
        assert.equal((await stranger.ask("closing.cancel", one)).code, "nothing_to_cancel");
        assert.ok((await house.records()).some((r) => r.type === "command.refused" && r.detail.id === one.id));
        assert.equal(await metric(house, "hall_commands_rejected_total"), before + 1);
    });

    it("a text of 400 characters may be Chinese", async () => {
        const args = { window: "2", text: "灯".repeat(400) };
        assert.equal((await stranger.ask("fault.raise", command({ args }))).result, "done");
    });

    // As config/broker has it.
    it("no answer is too long for the broker", async () => {
        const before = house.pid.mosquitto;
        await stranger.leave();
        appendFileSync(join(house.folder, "mosquitto.conf"), "max_packet_size 65536\n");
        process.kill(before, "SIGTERM");
        await until("the broker is back", () => existsSync(join(house.folder, "run.json"))
            && house.read().pid.mosquitto !== before);
        await listens(house);
        stranger = await Stranger.at(house);
        await stranger.say("command/x", "{}", { responseTopic: "r", correlationData: Buffer.alloc(65_440, "c") });
        const next = command();
        await stranger.say("command/status.refresh", next);
        // Whoever was sent away does not hear it.
        await until("the next answer", () => stranger.on(`reply/${next.id}`)[0], 5_000).catch(() => {});
        const log = readFileSync(join(house.folder, "log/mosquitto.log"), "utf8");
        assert.doesNotMatch(log, /halld-demo disconnected due to oversize packet/);
    });
});
