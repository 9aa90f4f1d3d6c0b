// The shipped configuration of mosquitto (config/broker/mosquitto), with certificates made by its own script: who can
// read and write what, tried with mosquitto's clients and with halld itself.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Broker, certificates, made, secure } from "./secure_broker.mjs";
import { House, shell, until } from "./support.mjs";

describe("the shipped mosquitto", () => {
    let broker;
    const ids = ["north", "south", "monitor", "operator", "demo"];
    before(async () => {
        broker = await Broker.start();
        for (const id of ids) await made(broker.certs, "client", id);
    });
    after(async () => {
        await broker?.end();
    });

    let last = 0;
    /** What of these attempts somebody else hears: all of them have been judged when a marker is there. */
    const through = async (attempts, watcher = "monitor") => {
        const ear = await broker.listen(watcher, "hall/v1/#", "homeassistant/#");
        const marker = `marker ${++last}`;
        for (const [id, topic] of attempts) await broker.say(id, topic, `${id} ${last}`);
        await broker.say("north", "hall/v1/north/event", marker);
        await until("the marker", () => ear.heard.includes(`hall/v1/north/event ${marker}`));
        await ear.stop();
        return ear.heard.filter((line) => line.endsWith(` ${last}`) && !line.includes("marker")).map((line) => line.split(" ")[0]);
    };

    it("lets nobody in without a certificate, or with one of somebody else", async () => {
        assert.notEqual((await broker.say(undefined, "hall/v1/north/status", "x")).code, 0);
        const strangers = await Broker.start();
        await made(strangers.certs, "client", "north");
        const stranger = ["--cert", join(strangers.certs, "north.crt"), "--key", join(strangers.certs, "north.key")];
        const reply = await shell("mosquitto_pub", [...broker.as(undefined), ...stranger, "-t", "hall/v1/north/status", "-m", "x"]);
        await strangers.end();
        assert.notEqual(reply.code, 0);
        assert.notEqual((await shell("mosquitto_pub", ["-h", "localhost", "-p", String(broker.port), "-t", "t", "-m", "x"])).code, 0,
            "without TLS");
        assert.doesNotMatch(broker.log, /Received PUBLISH/);
    });

    it("lets a hall write its own tree and no other", async () => {
        const own = ["status", "closing", "circuit/pc1", "window/1", "lightbox", "contact/door", "device/io", "alarm/a.b", "event",
            "journal/head", "attendance", "agent/pc1", "reply/1"];
        assert.deepEqual(await through(own.map((t) => ["north", `hall/v1/north/${t}`])), own.map((t) => `hall/v1/north/${t}`));
        assert.deepEqual(await through([["north", "homeassistant/device/hall_north/config"]]),
            ["homeassistant/device/hall_north/config"]);
        assert.deepEqual(await through([
            ...own.map((t) => ["south", `hall/v1/north/${t}`]), ["south", "homeassistant/device/hall_north/config"],
            ["south", "hall/v1/north/command/window.set"], ["south", "hall/v1/north/agent/pc1/reply"],
            ["north", "hall/v1/north/command/window.set"], ["north", "hall/v1/north/agent/pc1/reply"], ["north", "hall/v1/north/weather"],
        ]), [], "nor its own commands and agents' answers");
    });

    it("lets a hall hear its own commands and nothing of another hall", async () => {
        await broker.say("north", "hall/v1/north/status", "secret", "-r");
        const north = await broker.listen("north", "hall/v1/north/command/+", "hall/v1/north/command/+/by/+", "hall/v1/north/agent/+/reply", "hall/v1/north/alarm/+");
        const nosy = await broker.listen("south", "hall/v1/north/#", "hall/v1/#", "#", "hall/v1/+/command/+");
        await broker.say("operator", "hall/v1/north/command/window.set", "do");
        await broker.say("operator", "hall/v1/north/command/window.set/by/operator", "do");
        await broker.say("operator", "hall/v1/south/command/window.set", "marker");
        await until("its commands", () => north.heard.includes("hall/v1/north/command/window.set do")
            && north.heard.includes("hall/v1/north/command/window.set/by/operator do"));
        await until("the marker", () => nosy.heard.includes("hall/v1/south/command/window.set marker"));
        await Promise.all([north.stop(), nosy.stop()]);
        assert.deepEqual([...new Set(nosy.heard)], ["hall/v1/south/command/window.set marker"]);
    });

    it("lets a monitor read all and command nothing, an operator command and say nothing else", async () => {
        const command = "hall/v1/north/command/closing.cancel";
        assert.deepEqual(await through([["monitor", command], ["monitor", "hall/v1/north/status"]], "operator"), []);
        assert.deepEqual(await through([["operator", command], ["operator", "hall/v1/north/status"]]), [command]);
        const by = (user) => `${command}/by/${user}`;
        assert.deepEqual(await through([["operator", by("operator")], ["operator", by("li.qiang")], ["north", by("north")]]),
            [by("operator")], "in nobody else's name");
    });

    it("lets nobody end another's connection by its client id", async () => {
        const north = await broker.listen("north", "hall/v1/north/command/+");
        await broker.say("south", "hall/v1/south/event", "x", "-i", "north");
        await broker.say("operator", "hall/v1/north/command/window.set", "still there");
        await until("a command", () => north.heard.includes("hall/v1/north/command/window.set still there"));
        assert.doesNotMatch(broker.log, /Client north already connected/);
        await north.stop();
    });

    it("knows a revoked certificate no more", async () => {
        await made(broker.certs, "client", "stolen");
        assert.equal((await broker.say("stolen", "hall/v1/stolen/event", "x")).code, 0);
        const [crt, key] = ["crt", "key"].map((end) => join(broker.folder, `kept.${end}`));
        writeFileSync(crt, readFileSync(join(broker.certs, "stolen.crt")));
        writeFileSync(key, readFileSync(join(broker.certs, "stolen.key")));
        await made(broker.certs, "revoke", "stolen");
        broker.process.kill("SIGHUP");
        await until("the broker has read its list", async () => (await shell("mosquitto_pub", [...broker.as(undefined),
            "--cert", crt, "--key", key, "-t", "hall/v1/stolen/event", "-m", "x"])).code !== 0);
        assert.equal((await broker.say("north", "hall/v1/north/event", "x")).code, 0);
    });

    it("the script refuses what cannot be, and says what to do", async () => {
        for (const [args, said] of [[["client", "a/b"], /not a name/], [["client", "+"], /not a name/], [["client", "north"], /already/],
            [["client", "ca"], /another file/], [["revoke", "nobody"], /no certificate/], [["authority"], /already/], [["sing"], /unknown/]]) {
            const { code, stderr } = await certificates(broker.certs, ...args);
            assert.equal(code, 2, args.join(" "));
            assert.match(stderr, said);
        }
        assert.match((await certificates(join(broker.folder, "new"), "client", "x")).stderr, /no authority/);
    });

    it("halld comes in with its certificate, and leaves in order", async () => {
        const everything = await broker.listen("monitor", "hall/v1/demo/#");
        const house = await House.startWith((text) => secure(text, broker, broker.port));
        try {
            await until("its status", () => everything.heard.some((l) => l.startsWith("hall/v1/demo/status {") && l.includes('"online"')));
            const id = "00000000-0000-4000-8000-000000000001";
            const now = Date.now(), at = (ms) => new Date(now + ms).toISOString();
            await broker.say("operator", "hall/v1/demo/command/status.refresh/by/operator",
                JSON.stringify({ id, issued: at(0), expires: at(60_000) }));
            await until("a reply", () => everything.heard.some((l) => l.startsWith(`hall/v1/demo/reply/${id} `) && l.includes('"done"')));
            const { actors } = (await house.records()).find((r) => r.detail.id === id);
            assert.deepEqual(actors, ["mqtt:operator"]);
        } finally {
            await house.demolish();
        }
        const status = () => everything.heard.filter((l) => l.startsWith("hall/v1/demo/status ")).at(-1);
        await until("its goodbye", () => status().includes('"offline"'));
        await everything.stop();
        assert.doesNotMatch(broker.log, /Client demo (closed its connection|disconnected due)/);
    });

    it("halld speaks with no broker of another name, and with none of another authority", async () => {
        const elsewhere = await Broker.start(["elsewhere.example"]);
        try {
            await made(elsewhere.certs, "client", "demo");
            for (const [name, trusting] of [["another name", elsewhere], ["another authority", broker]]) {
                elsewhere.log = "";
                const house = await House.startWith((text) => secure(text, trusting, elsewhere.port));
                const log = () => readFileSync(join(house.folder, "log/halld.log"), "utf8");
                try {
                    await until(`${name} is refused`, () => /broker mqtts:\/\/localhost:\d+ away/.test(log()));
                    assert.doesNotMatch(log(), /broker \S+ connected/);
                    assert.doesNotMatch(elsewhere.log, /New client connected/, name);
                } finally {
                    await house.demolish();
                }
            }
        } finally {
            await elsewhere.end();
        }
    });
});
