// An evening with MQTT 3.1.1: everything that is documented is said and keeps to its document.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { channelOf, channels, faultsOf } from "./documents.mjs";
import { CIRCUITS, House, judge, until } from "./support.mjs";

const ROOT = "hall/v1/demo/";

describe("a hall with a broker of MQTT 3.1.1", () => {
    let house, ear;
    const sent = [];
    const say = async (topic, body) => {
        sent.push({ topic: ROOT + topic, payload: JSON.stringify(body) });
        await house.publish(topic, body, "-V", "311");
    };
    const command = async (name, args) => {
        const body = { id: randomUUID(), issued: new Date().toISOString(),
            expires: new Date(Date.now() + 60_000).toISOString(), ...(args ? { args } : {}) };
        await say(`command/${name}`, body);
        return until(`a reply to ${name}`, () => ear.last(`reply/${body.id}`));
    };
    const done = async (name, args) => {
        const reply = await command(name, args);
        assert.deepEqual([reply.result, reply.code], ["done", ""], name);
    };
    before(async () => {
        house = await House.startWith((text) => text
            .replace(/^stop = \[\{ method = "command".*$/m, "stop = [{ method = \"mqtt\", timeout = 60 }]")
            .replace('version = "5"', 'version = "3.1.1"'));
        ear = house.subscribe("-V", "311");
        await until("subscribed", () => ear.last("status"));
    });
    after(async () => {
        await ear?.stop();
        await house?.demolish();
    });

    it("every command works", async () => {
        await done("window.set", { window: "1", state: "serving" });
        await done("fault.raise", { window: "2", text: "灯闪烁" });
        const alarm = await until("its alarm", async () => house.alarm(await house.state(), "window_fault"));
        await done("alarm.acknowledge", { alarm: alarm.id });
        await done("lightbox.override", { until: "duration", lit: true, seconds: 60 });
        await done("lightbox.override", { until: "cleared" });
        await done("window.set/by/li.qiang", { window: "1", state: "paused" });
        await done("closing.inhibit", { seconds: 1 });
        await done("events.resend", { from_seq: 1 });
        await done("status.refresh");
        assert.equal((await command("closing.cancel")).code, "nothing_to_cancel");
    });

    it("what must not work does not", async () => {
        const id = randomUUID();
        await house.publish("command/closing.start", { id, issued: new Date().toISOString(),
            expires: new Date(Date.now() + 60_000).toISOString() }, "-V", "311");
        assert.equal((await until("a reply", () => ear.last(`reply/${id}`))).code, "unknown_command");
        // Without MQTT 5 no broker keeps a huge one back.
        const refused = async () => (await house.records()).filter((r) => r.detail.code === "too_large").length;
        const before = await refused();
        await house.publish("command/closing.cancel", "x".repeat(100_000), "-V", "311");
        await until("it is refused", async () => await refused() === before + 1);
        await done("status.refresh");
    });

    it("an evening with a post, an agent and an alarm that goes away", async () => {
        const post = async (action, body) => assert.equal((await house.post(`post/${action}`, body)).status, 200);
        await post("sign-in", { ...house.who(2), post: "3" });
        await post("sign-out", house.who(2));
        await until("nothing inhibits the closing", async () => (await house.state()).closing.blockers.length === 0);
        const mark = await house.mark();
        await house.authorise();
        const asked = await until("the agent is asked", () => ear.last("agent/pc1"));
        await house.set({ "pc.pc1": "shutdown" });
        await say("agent/pc1/reply", { id: asked.id, result: "done" });
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        await house.open();
        await done("window.set", { window: "2", state: "serving" });
        await until("the alarm was removed", () => ear.messages.some((m) => m.topic.startsWith("alarm/window_fault")
            && m.payload === ""));
    });

    it("all that is documented was said, and nothing else", () => {
        const ours = ear.messages.filter((m) => !house.said.has(`${m.topic} ${m.payload}`))
            .map((m) => ({ ...m, topic: ROOT + m.topic }));
        assert.deepEqual(faultsOf(ours), []);
        assert.deepEqual(faultsOf(sent), []);
        const seen = new Set([...ours, ...sent].map((m) => channelOf(m.topic).name));
        assert.deepEqual(channels.map((c) => c.name).filter((name) => !seen.has(name)), [], "documented, never seen");
    });

    it("the broker keeps what is to be kept, and says it when the daemon has died", async () => {
        const late = house.subscribe("-V", "311", "--retained-only");
        const wanted = channels.filter((c) => c.retained && c.name !== "alarm").map((c) => c.name).sort();
        const found = () => [...new Set(late.messages.map((m) => channelOf(ROOT + m.topic).name))]
            .filter((name) => name !== "alarm").sort();
        await until("every retained topic", () => found().length >= wanted.length);
        await late.stop();
        assert.deepEqual(found(), wanted);
        const before = ear.messages.length;
        await house.killDaemon();
        await until("the last will", () => ear.messages.slice(before).some((m) => m.topic === "status"
            && JSON.parse(m.payload).state === "offline"));
        await house.ready();
        await until("online again", () => ear.last("status").state !== "offline");
    });

    it("it is 3.1.1 that was spoken", () => {
        const log = readFileSync(join(house.folder, "log/mosquitto.log"), "utf8");
        const versions = [...log.matchAll(/ as halld-demo \(p(\d),/g)].map((m) => m[1]);
        // mosquitto's number for it; 5 would be p5.
        assert.ok(versions.length > 0);
        assert.deepEqual(new Set(versions), new Set(["2"]));
    });
});
