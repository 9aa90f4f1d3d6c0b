// The documents in docs/mqtt against the program: an evening in which all of it is said. That every other evening
// keeps to them is checked as each house is taken down (support.mjs).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import Ajv from "ajv";
import formats from "ajv-formats";
import { asyncapi, channelOf, channels, faultsOf } from "./documents.mjs";
import { House, until } from "./support.mjs";

const ROOT = "hall/v1/demo/";
/** What is refused; else the schema could let anything pass. */
const WRONG = {
    status: { state: "on" }, closing: { phase: "finished" }, circuit: { watts: "12" }, window: { lamps: null },
    lightbox: { reason: "" }, contact: { sensed: "yes" }, alarm: { rule: "7" }, device: { unit: 256 },
    event: { seq: 0 }, journalHead: { signature: "ab" }, attendance: { fact: "left" }, agentRequest: { action: "reboot" },
    reply: { result: "maybe" },
};

describe("the MQTT documents", () => {
    let house, ear;
    const sent = [];
    const command = async (name, args) => {
        const now = Date.now();
        const body = {
            id: randomUUID(), issued: new Date(now).toISOString(), expires: new Date(now + 60_000).toISOString(),
            ...(args ? { args } : {}),
        };
        sent.push({ topic: `${ROOT}command/${name}`, payload: JSON.stringify(body) });
        await house.publish(`command/${name}`, body);
        return until(`a reply to ${name}`, () => ear.last(`reply/${body.id}`));
    };
    before(async () => {
        house = await House.startWith((text) => text.replace(/^stop = \[\{ method = "command".*$/m,
            "stop = [{ method = \"mqtt\", timeout = 60 }]"));
        ear = house.subscribe();
    });
    after(async () => {
        await ear?.stop();
        await house?.demolish();
    });

    it("asyncapi.json is an AsyncAPI document", () => {
        const schema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json");
        // It brings the schema of schemas along, which ajv has already.
        const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
        formats(ajv);
        const check = ajv.compile(schema);
        assert.ok(check(asyncapi), JSON.stringify(check.errors?.slice(0, 5), null, 1));
        const wrong = structuredClone(asyncapi);
        wrong.operations.tellStatus.action = "say";
        assert.ok(!check(wrong));
    });

    it("every command does what it is documented for", async () => {
        const results = {};
        const expect = async (name, args) => { results[name] = (await command(name, args)).result; };
        await expect("window.set", { window: "1", state: "serving" });
        await expect("fault.raise", { window: "2", text: "the light flickers" });
        const alarm = await until("its alarm", async () => house.alarm(await house.state(), "window_fault"));
        await expect("alarm.acknowledge", { alarm: alarm.id });
        await expect("lightbox.override", { until: "duration", lit: true, seconds: 60 });
        assert.equal((await command("lightbox.override", { until: "cleared" })).result, "done");
        await expect("closing.inhibit", { seconds: 1 });
        await expect("events.resend", { from_seq: 1 });
        await expect("status.refresh");
        assert.deepEqual(new Set(Object.values(results)), new Set(["done"]), JSON.stringify(results));
        await expect("window.set/by/li.qiang", { window: "1", state: "paused" });
        assert.equal(results["window.set/by/li.qiang"], "done");
        const refused = await command("closing.cancel");
        assert.equal(refused.result, "rejected");
        assert.notEqual(refused.code, "");
    });

    it("an evening with a post, an agent and an alarm that goes away", async () => {
        const post = async (action, body) => assert.equal((await house.post(`post/${action}`, body)).status, 200);
        await post("sign-in", { ...house.who(2), post: "3" });
        await post("sign-out", house.who(2));
        await until("nothing inhibits the closing", async () => (await house.state()).closing.blockers.length === 0);
        await house.authorise();
        const asked = await until("the agent is asked", () => ear.last("agent/pc1"));
        const answer = { id: asked.id, result: "done" };
        sent.push({ topic: `${ROOT}agent/pc1/reply`, payload: JSON.stringify(answer) });
        await house.set({ "pc.pc1": "shutdown" });
        await house.publish("agent/pc1/reply", answer);
        assert.equal((await house.reached("closed", "partial")).closing.phase, "closed");
        await house.open();
        // A window that serves again has no fault; seen already, the alarm leaves the broker.
        assert.equal((await command("window.set", { window: "2", state: "serving" })).result, "done");
        await until("the alarm was removed", () => ear.messages.some((m) => m.topic.startsWith("alarm/window_fault")
            && m.payload === ""));
    });

    it("all that is documented was said, and nothing else", async () => {
        const heard = [...ear.messages.map((m) => ({ ...m, topic: ROOT + m.topic }))];
        const ours = heard.filter((m) => channelOf(m.topic)?.ours !== false);
        assert.deepEqual(faultsOf(ours), []);
        assert.deepEqual(faultsOf(sent), [], "the commands that work are valid, too");
        const seen = new Set([...ours, ...sent].map((m) => channelOf(m.topic).name));
        assert.deepEqual(channels.map((c) => c.name).filter((name) => !seen.has(name)), [], "documented, never seen");
    });

    it("what is retained is what the document says", async () => {
        const late = house.subscribe("--retained-only");
        const wanted = channels.filter((c) => c.retained && c.name !== "alarm").map((c) => c.name).sort();
        const found = () => [...new Set(late.messages.map((m) => channelOf(ROOT + m.topic).name))]
            .filter((name) => name !== "alarm").sort();
        await until("every retained topic", () => found().length >= wanted.length);
        await late.stop();
        assert.deepEqual(found(), wanted);
    });

    it("a field less, a field more or a wrong value is seen", () => {
        for (const [name, wrong] of Object.entries(WRONG)) {
            const channel = channels.find((c) => c.name === name);
            const good = ear.messages.find((m) => m.payload !== "" && channel.topic.test(ROOT + m.topic));
            const topic = ROOT + good.topic, body = JSON.parse(good.payload);
            const faults = (change) => faultsOf([{ topic, payload: JSON.stringify({ ...body, ...change }) }]).length;
            assert.equal(faults({}), 0, name);
            assert.ok(faults(wrong) > 0, `${name}: ${JSON.stringify(wrong)}`);
            assert.ok(faults({ surplus: 1 }) > 0, `${name}: a field that is not documented`);
            for (const key of Object.keys(body)) {
                if (name === "event" && key === "state") continue;
                assert.ok(faults({ [key]: undefined }) > 0, `${name} without ${key}`);
            }
        }
        assert.equal(faultsOf([{ topic: `${ROOT}weather`, payload: "{}" }]).length, 1);
        assert.equal(faultsOf([{ topic: `${ROOT}status`, payload: "" }]).length, 1);
    });

    it("the README names every topic and every command", () => {
        const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
        for (const { address } of Object.values(asyncapi.channels)) {
            const topic = address.replace("hall/v1/{hall}/", "").replace("{id}", "<id>").replace("{circuit}", "<circuit>")
                .replace("command/{command}/by/{user}", "command/<name>/by/<user>")
                .replace("reply/{command}", "reply/<command id>").replace(/command\/(?=[a-z])/, "");
            assert.ok(readme.includes(`\`${topic}\``), topic);
        }
    });
});
