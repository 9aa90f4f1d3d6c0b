// A fleet small enough for every day: six halls and twelve light ones on the shipped cluster of NATS (config/broker/nats),
// of which a node is killed while they close; and who may do what there. tests/fleet/run is the same with hundreds.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Cluster, visit } from "./cluster.mjs";
import { Fleet } from "./fleet.mjs";
import { faultsOf, recordAfter } from "./judge.mjs";
import { run, until } from "./support.mjs";

const skip = await run(fileURLToPath(new URL("nats", import.meta.url))).then(() => false, (error) => {
    if (error.code === 77) return "there is no nats-server 2.10 or newer to be had";
    throw error;
});

describe("the fleet's judge", () => {
    const journal = [];
    for (let i = 0; i < 5; ++i) journal.push(recordAfter(journal.at(-1), `id-${i}`, "test"));
    const with_ = (change) => {
        const heard = structuredClone(journal);
        return faultsOf(change(heard) ?? heard, journal);
    };

    it("takes what is whole, also with repetitions", () => {
        assert.deepEqual(with_((h) => h), []);
        assert.deepEqual(with_((h) => [...h.slice(0, 3), h[1], ...h.slice(3), h[4]]), []);
    });

    it("refuses what is missing, misplaced, another or from nowhere", () => {
        for (const [change, said] of [
            [(h) => h.slice(0, 4), /record 5 never came/], [(h) => h.slice(1), /record 1 never came/],
            [(h) => [h[0], h[1], h[3], h[4]], /record 3 never came/], [(h) => [], /record 1 never came/],
            [(h) => [h[0], h[2], h[1], h[3], h[4]], /record 3 came when 2 was due/],
            [(h) => [...h, { ...h[2], id: "another" }], /record 3 came twice/],
            [(h) => { h[2].id = "another"; }, /record 3 is not the journal's/],
            [(h) => { h[2].hash = "0"; }, /record 4 does not follow 3/], [(h) => { h[0].prev = "1"; }, /record 1 does not follow/],
            [(h) => [...h, recordAfter(h[4], "x", "x")], /record 6 is in no journal/],
        ]) assert.match(with_(change).join("\n"), said);
    });
});

describe("six halls, and a broker's node is killed while they close", { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "hall-fleet-"));
    const fleet = new Fleet(folder, { halls: 6, light: 12, records: 20, over: 10_000 });
    after(async () => {
        await fleet.stop();
        rmSync(folder, { recursive: true });
    });

    it("all that a consumer must hear is heard, and every hall comes back", { timeout: 300_000 }, async () => {
        await fleet.start();
        await fleet.evening();
        await fleet.judge();
        assert.deepEqual(fleet.verdicts.filter((v) => v.against.length > 0), []);
        assert.ok(fleet.verdicts.length >= 7);
        assert.deepEqual([fleet.journals.size, fleet.consumer.heard.size], [18, 18]);
        for (const hall of fleet.halls) assert.doesNotMatch(hall.log("halld") + hall.log("sim"), /Sanitizer|runtime error/);
    });

    it("the node finds its place again", { timeout: 120_000 }, () => fleet.repair());
});

describe("rights on the cluster", { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "hall-fleet-"));
    const open = [];
    let cluster, ear, heard;
    /** Connected as `id`, to another node than the ear is on; refused ones throw. */
    const come = async (id, more = {}) => {
        const client = cluster.client(id, { reconnectPeriod: 0, clientId: `${id}-${open.length}`, ...more }, 1 + open.length % 2);
        open.push(client);
        client.heard = [];
        client.on("message", (topic, payload) => client.heard.push(`${topic} ${payload}`));
        client.on("error", () => {});
        await new Promise((resolve, reject) => {
            client.once("connect", (ack) => { client.ack = ack; resolve(); });
            client.once("close", () => reject(new Error("refused")));
        });
        return client;
    };
    const say = (client, topic, payload, retain = false) => client.publishAsync(topic, payload, { qos: 1, retain });
    const listen = async (client, ...topics) => {
        for (const topic of topics) await client.subscribeAsync(topic, { qos: 1 });
    };
    let last = 0;
    /**
     * What the ear hears of these attempts. What was acknowledged before a marker was sent comes before it, or never; the
     * ear's two subscriptions keep an order each.
     */
    const through = async (client, id, topics, retain) => {
        const marker = `hall/v1/${id} marker ${++last}`;
        for (const topic of topics) await say(client, topic, `try ${last}`, retain);
        const places = [`hall/v1/${id}/event`, `homeassistant/device/hall_${id}/config`];
        for (const place of places) await say(client, place, marker);
        await until("the markers", () => places.every((place) => heard.includes(`${place} ${marker}`)));
        return heard.filter((line) => line.endsWith(` try ${last}`)).map((line) => line.split(" ")[0]);
    };

    before(async () => {
        cluster = new Cluster(folder);
        await cluster.start(["north", "south", "monitor", "operator", "north.pc1"]);
        ear = cluster.client("monitor", { reconnectPeriod: 0 });
        open.push(ear);
        heard = [];
        ear.on("message", (topic, payload) => heard.push(`${topic} ${payload}`));
        await until("the ear", () => ear.connected);
        await listen(ear, "hall/v1/#", "homeassistant/#");
    });
    after(async () => {
        for (const client of open) client.end(true);
        await cluster?.stop();
        rmSync(folder, { recursive: true });
    });

    const own = ["status", "closing", "circuit/pc1", "window/1", "lightbox", "contact/door", "device/io", "alarm/meter_silent.pc1",
        "event", "journal/head", "attendance", "agent/pc1", "reply/1"];

    it("a hall writes its own tree and no other", async () => {
        const [north, south] = [await come("north"), await come("south")];
        const tree = own.map((t) => `hall/v1/north/${t}`);
        assert.deepEqual(await through(north, "north", [...tree, "homeassistant/device/hall_north/config"]),
            [...tree, "homeassistant/device/hall_north/config"]);
        const forbidden = [...tree, "homeassistant/device/hall_north/config", "hall/v1/north/command/window.set",
            "hall/v1/south/command/window.set", "hall/v1/south/agent/pc1/reply", "hall/v1/south/weather", "hall/v1/south", "weather"];
        for (const retain of [false, true]) assert.deepEqual(await through(south, "south", forbidden, retain), []);
        const late = await come("monitor");
        await listen(late, "hall/v1/#");
        const mark = `hall/v1/south/event mark ${++last}`;
        await say(south, "hall/v1/south/event", `mark ${last}`);
        await until("a mark", () => late.heard.includes(mark));
        assert.deepEqual(late.heard, [mark], "nothing of it is retained");
    });

    it("nor by its last will", async () => {
        const doomed = await come("south", { will: { topic: "hall/v1/north/status", payload: "stolen", qos: 1, retain: true } });
        const honest = await come("south", { will: { topic: "hall/v1/south/status", payload: "gone", qos: 1, retain: true } });
        doomed.stream.destroy();
        honest.stream.destroy();
        await until("an own will", () => heard.includes("hall/v1/south/status gone"));
        assert.ok(!heard.some((line) => line.endsWith("stolen")));
    });

    it("a hall hears its own commands and nothing of another hall", async () => {
        const [north, nosy, operator] = [await come("north"), await come("south"), await come("operator")];
        await listen(north, "hall/v1/north/command/+", "hall/v1/north/agent/+/reply", "hall/v1/north/alarm/+");
        await say(north, "hall/v1/north/status", "secret", true);
        for (const topic of ["hall/v1/north/status", "hall/v1/north/#", "hall/v1/#", "#", "+/v1/north/status", "hall/v1/+/command/+",
            "$MQTT/#", "$MQTT/msgs/#", "$MQTT/sub/#", "$JS/#", "$SYS/#"]) {
            await assert.rejects(listen(nosy, topic), /Subscribe error/, topic);
        }
        await listen(nosy, "hall/v1/south/command/+");
        await say(operator, "hall/v1/north/command/window.set", "do");
        await say(operator, "hall/v1/south/command/window.set", "marker");
        await until("both", () => north.heard.length > 0 && nosy.heard.length > 0);
        assert.deepEqual([north.heard, nosy.heard],
            [["hall/v1/north/command/window.set do"], ["hall/v1/south/command/window.set marker"]]);
    });

    it("a hall that takes the session of a consumer hears nothing with it", async () => {
        const durable = await come("monitor", { clientId: "records", clean: false });
        await listen(durable, "hall/v1/+/event");
        await durable.endAsync();
        const thief = await come("south", { clientId: "records", clean: false });
        assert.equal(thief.ack.sessionPresent, true);
        const north = await come("north");
        await through(north, "north", []);
        await thief.endAsync();
        assert.deepEqual(thief.heard, []);
        const again = await come("monitor", { clientId: "records", clean: false });
        await until("what it missed", () => again.heard.includes(`hall/v1/north/event hall/v1/north marker ${last}`));
    });

    it("a monitor reads and says nothing, an operator commands and says nothing else, an agent speaks for its PC alone", async () => {
        const [monitor, operator, agent, north] = [await come("monitor"), await come("operator"), await come("north.pc1"),
            await come("north")];
        await listen(agent, "hall/v1/north/agent/pc1");
        await assert.rejects(listen(agent, "hall/v1/north/agent/+"), /Subscribe error/);
        await say(north, "hall/v1/north/agent/pc1", "stop");
        await until("the request", () => agent.heard.includes("hall/v1/north/agent/pc1 stop"));
        const all = ["hall/v1/north/status", "hall/v1/north/command/closing.cancel", "hall/v1/north/agent/pc1/reply",
            "hall/v1/north/agent/pc2/reply"];
        for (const [client, allowed] of [[monitor, []], [operator, [all[1]]], [agent, [all[2]]]]) {
            const before = heard.length;
            for (const topic of all) await say(client, topic, "attempt");
            await through(north, "north", []);
            assert.deepEqual(heard.slice(before).filter((l) => l.endsWith(" attempt")).map((l) => l.split(" ")[0]), allowed);
        }
    });

    it("nobody comes in without a certificate, or with one that has no rights", async () => {
        await assert.rejects(come("north", { cert: undefined, key: undefined }), /refused/);
        await assert.rejects(come("broker1"), /refused/, "a node is no client");
        await cluster.certify("client", "stranger");
        await assert.rejects(come("stranger"), /refused/, "rights are not made yet");
    });

    it("a hall's certificate makes no node of the cluster", async () => {
        const [node] = cluster.nodes;
        const reads = (id) => ["crt", "key"].map((end) => readFileSync(join(cluster.certs, `${id}.${end}`)));
        assert.equal(await visit(node.port.route, ...reads("broker2"), readFileSync(join(cluster.certs, "ca.crt"))), "taken");
        assert.equal(await visit(node.port.route, ...reads("north"), readFileSync(join(cluster.certs, "ca.crt"))), "refused");
    });

    it("a revoked certificate ends with the reload, and its successor is another", async () => {
        const old = cluster.as("south");
        const south = await come("south");
        const gone = new Promise((resolve) => south.once("close", resolve));
        await cluster.certify("revoke", "south");
        await cluster.grant();
        await cluster.reload();
        await gone;
        await cluster.certify("client", "south");
        await cluster.grant();
        await cluster.reload();
        await assert.rejects(come("south", { cert: old.cert, key: old.key }), /refused/);
        assert.deepEqual(await through(await come("south"), "south", ["hall/v1/south/status"]), ["hall/v1/south/status"]);
        assert.equal(ear.connected, true, "a reload disturbs nobody else");
    });
});
