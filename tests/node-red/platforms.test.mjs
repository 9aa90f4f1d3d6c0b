// The mapping to other platforms (config/node-red/platforms) without a broker: what is told when.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fieldsOf } from "./schemas.mjs";

const SHIPPED = fileURLToPath(new URL("../../config/node-red/platforms/", import.meta.url));
const require = createRequire(import.meta.url);
const { load } = require(join(SHIPPED, "check.js"));
const { SAID } = require(join(SHIPPED, "fields.js"));
const { Bridge } = require(join(SHIPPED, "map.js"));

const shipped = (name) => load(join(SHIPPED, `${name}.json`));

/** An adapter whose clock the test sets, and a hall that says things to it. */
function adapter(name, change = () => {}) {
    const mapping = structuredClone(shipped(name));
    change(mapping);
    const clock = { ms: Date.parse("2026-01-05T09:00:00.000Z") };
    const bridge = new Bridge(mapping, ["id", "key"], () => clock.ms);
    const ts = () => new Date(clock.ms + 8 * 3_600_000).toISOString().replace("Z", "+08:00");
    const say = (topic, body, hall = "a") => bridge.heard(`hall/v1/${hall}/${topic}`,
        body === "" ? "" : JSON.stringify({ ts: ts(), clock: "trusted", ...body }));
    const online = (hall) => say("status", { state: "online", boot_id: "b", version: "1", config_sha256: "c" }, hall);
    const settle = () => {
        clock.ms += 5000;
        return bridge.tick();
    };
    return { bridge, clock, say, online, settle };
}
const ALARM = {
    id: "fault.2", code: "fault", subject: "2", severity: "critical", rule: "R24", clause: "9.4", text: "x", count: 1,
    raised: "2026-01-05T17:00:00.000+08:00", raised_clock: "trusted", cleared: null, acknowledged_by: null,
};
const door = (state) => ({ name: "Door", state, sensed: true });
const record = (seq) => ({
    seq, id: `r${seq}`, type: "x", rule: "R1", actors: [], outcome: "done", detail: {}, prev: "", hash: `h${seq}`,
});
const bodies = (messages, pick) => messages.filter((m) => pick.test(m.topic)).map((m) => JSON.parse(m.payload));
/** What ThingsBoard is told of the alarm; undefined: nothing. */
const standing = (messages) => bodies(messages, /telemetry/).map((b) => b.a?.[0].values["alarm fault.2"])
    .find((v) => v !== undefined);
const sum = (messages) => bodies(messages, /telemetry/).map((b) => b.a?.[0].values.alarms).find((v) => v !== undefined);

describe("what is told to a platform", () => {
    it("has the hall's fields as docs/mqtt has them", () => {
        for (const [from, { fields }] of Object.entries(SAID)) assert.deepEqual(fields, fieldsOf(from), from);
    });

    it("is said with a device's greeting first, times in ms", () => {
        const { bridge, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        const [hello, telemetry, attributes] = say("contact/west", door("open"));
        assert.deepEqual(hello, {
            topic: "v1/gateway/connect", qos: 1, retain: false,
            payload: '{"device":"a contact west","type":"hall contact"}',
        });
        assert.deepEqual(JSON.parse(telemetry.payload),
            { "a contact west": [{ ts: Date.parse("2026-01-05T17:00:00.000+08:00"), values: { state: "open" } }] });
        assert.deepEqual(JSON.parse(attributes.payload), { "a contact west": { name: "Door", hall: "a" } });
        assert.equal(say("contact/west", door("closed")).length, 2);
    });

    it("has the adapter's time where the hall does not believe its own, and never an earlier one than before", () => {
        const { bridge, clock, online, say } = adapter("jetlinks");
        bridge.platform(true);
        online();
        const at = (messages) => bodies(messages, /properties/)[0].timestamp;
        assert.equal(at(say("contact/west", { ...door("open"), clock: "untrusted", ts: "2001-01-01T00:00:00+08:00" })),
            clock.ms);
        assert.equal(at(say("contact/west", { ...door("closed"), ts: "2025-01-01T00:00:00+08:00" })), clock.ms);
    });

    it("leaves out or replaces what is null, as the mapping says", () => {
        const { bridge, online, say } = adapter("jetlinks");
        bridge.platform(true);
        online();
        const circuit = { name: "PC", target: "on", actual: "on", pc: "running", quality: "stale", watts: null };
        assert.deepEqual(bodies(say("circuit/1", circuit), /properties/)[0].properties,
            { name: "PC", target: "on", actual: "on", pc: "running", quality: "stale" });
        const lightbox = { target: "on", actual: "off", reason: "hold", next_switch: null };
        assert.equal(bodies(say("lightbox", lightbox), /properties/)[0].properties.lightbox_next_switch, 0);
    });

    it("an alarm stands, is over, and is cleared when it is removed; one that was never told is not", () => {
        const { bridge, online, say, settle } = adapter("thingsboard");
        bridge.platform(true);
        online();
        assert.equal(sum(settle()), 0);
        const raised = say("alarm/fault.2", ALARM);
        assert.deepEqual([standing(raised), sum(raised)], [true, 1]);
        const cleared = say("alarm/fault.2", { ...ALARM, cleared: "2026-01-05T17:01:00.000+08:00" });
        assert.deepEqual([standing(cleared), sum(cleared)], [false, 0]);
        say("alarm/fault.2", ALARM);
        assert.equal(standing(say("alarm/fault.2", "")), false);
        assert.deepEqual(say("alarm/fault.2", ""), []);
        assert.deepEqual(say("alarm/other", ""), []);
    });

    it("an alarm that was removed while the halls' broker was away is cleared, but not before all is known", () => {
        const { bridge, online, say, settle } = adapter("thingsboard");
        bridge.platform(true);
        online();
        say("alarm/fault.2", ALARM);
        bridge.source(false);
        assert.equal(standing([...online(), ...bridge.tick()]), undefined);
        assert.equal(standing(settle()), false);
        say("alarm/fault.2", ALARM);
        bridge.source(false);
        say("alarm/fault.2", ALARM);
        online();
        assert.equal(standing(settle()), undefined);
    });

    it("an alarm that came and went while the platform was away is not told; one that went is cleared", () => {
        const { bridge, online, say } = adapter("thingsboard");
        online();
        say("alarm/fault.2", ALARM);
        say("alarm/fault.2", "");
        assert.equal(standing(bridge.platform(true)), undefined);
        say("alarm/fault.2", ALARM);
        bridge.platform(false);
        say("alarm/fault.2", "");
        assert.equal(standing(bridge.platform(true)), false);
    });

    it("what was told as cleared just before the connection broke is told again, and not for ever", () => {
        const { bridge, clock, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        say("alarm/fault.2", ALARM);
        say("alarm/fault.2", "");
        bridge.platform(false);
        assert.equal(standing(bridge.platform(true)), false);
        clock.ms += 10 * 60_000;
        bridge.platform(false);
        assert.equal(standing(bridge.platform(true)), undefined);
    });

    it("an alarm that comes again stands, also for a platform that was away", () => {
        const { bridge, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        say("alarm/fault.2", ALARM);
        say("alarm/fault.2", "");
        say("alarm/fault.2", ALARM);
        bridge.platform(false);
        const told = bridge.platform(true).filter((m) => m.payload.includes("alarm fault.2"));
        assert.deepEqual([told.length, standing(told)], [1, true]);
    });

    it("a platform that is away gets nothing later but the present, however much happened", () => {
        for (const name of ["thingsboard", "jetlinks"]) {
            const { bridge, clock, online, say } = adapter(name);
            bridge.platform(true);
            online();
            bridge.platform(false);
            for (let i = 0; i < 20_000; ++i) {
                ++clock.ms;
                assert.deepEqual(say("contact/west", door(i % 2 ? "closed" : "open")), []);
                assert.deepEqual(say("event", record(i)), []);
                assert.deepEqual(say(`alarm/fault.${i}`, { ...ALARM, id: `fault.${i}` }), []);
                assert.deepEqual(say(`alarm/fault.${i}`, ""), []);
            }
            const told = bridge.platform(true);
            assert.ok(told.length <= 8, `${told.length} messages`);
            assert.ok(told.some((m) => m.payload.includes('"closed"')));
            assert.equal(told.filter((m) => /\/(connect|online)$/.test(m.topic)).length, 2);
            const hall = bridge.halls.get("a");
            for (const map of [hall.said, hall.told, hall.over, hall.records, hall.times])
                assert.ok(map.size <= 2, `${map.size} are remembered`);
        }
    });

    it("remembers only so many records and cleared alarms", () => {
        const { bridge, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        for (let i = 0; i < 5000; ++i) {
            say("event", record(i));
            say(`alarm/fault.${i}`, ALARM);
            say(`alarm/fault.${i}`, "");
        }
        const { records, times, over, told } = bridge.halls.get("a");
        assert.deepEqual([records.size, times.size, over.size, told.size], [2000, 2000, 100, 0]);
    });

    it("a record is told once; records of one millisecond are one behind the other for ThingsBoard", () => {
        const { bridge, clock, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        const times = [1, 2, 3].map((seq) => bodies(say("event", record(seq)), /telemetry/)[0].a[0].ts);
        assert.deepEqual(times, [clock.ms, clock.ms + 1, clock.ms + 2]);
        assert.deepEqual(say("event", record(2)), []);
        const jetlinks = adapter("jetlinks");
        jetlinks.bridge.platform(true);
        jetlinks.online();
        assert.deepEqual(bodies(jetlinks.say("event", record(1)), /record/),
            [{ messageId: "r1", timestamp: jetlinks.clock.ms,
                data: { seq: 1, type: "x", rule: "R1", actors: "[]", outcome: "done", detail: "{}", hash: "h1" } }]);
    });

    it("an event that is told again is the same one for JetLinks", () => {
        const { bridge, clock, online, say } = adapter("jetlinks");
        bridge.platform(true);
        online();
        const [first] = bodies(say("alarm/fault.2", ALARM), /event/);
        bridge.platform(false);
        ++clock.ms;
        assert.deepEqual(bodies(bridge.platform(true), /event/), [first]);
        const [next] = bodies(say("alarm/fault.2", ""), /event/);
        assert.notEqual(next.messageId, first.messageId);
    });

    it("a hall that goes is away with all that is in it; so are all when the halls' broker goes", () => {
        const { bridge, online, say } = adapter("jetlinks");
        bridge.platform(true);
        const away = (messages) => messages.filter((m) => /offline$/.test(m.topic)).map((m) => m.topic.split("/")[4]);
        online("a");
        online("b");
        say("contact/west", door("open"));
        const gone = say("status", { state: "offline", boot_id: "b", version: "1", config_sha256: "c" });
        assert.deepEqual(away(gone), ["hall-a", "contact-a-west"]);
        assert.equal(bodies(gone, /properties/)[0].properties.state, "offline");
        assert.deepEqual(say("contact/west", door("closed")), []);
        assert.deepEqual(away(bridge.source(false)), ["hall-b"]);
        assert.deepEqual(away(say("status", "")), []);
        online("a");
        assert.deepEqual(away(say("status", "")), ["hall-a"]);
    });

    it("facts about people are neither asked for nor told unless the mapping allows it", () => {
        const fact = { id: "f", seq: 1, fact: "signed_in", person: "1001", post: "1", late: true, left_early: null };
        for (const allowed of [false, true]) {
            const { bridge, online, say } = adapter("thingsboard", (m) => { m.attendance = allowed; });
            bridge.platform(true);
            online();
            assert.equal(bridge.subscriptions().some((s) => /attendance/.test(s.topic)), allowed);
            assert.equal(JSON.stringify(say("attendance", fact)).includes("1001"), allowed);
        }
    });

    it("asks for what the mapping names of the halls it names, alarms before the status", () => {
        const { bridge } = adapter("jetlinks", (m) => {
            m.halls = ["a", "b"];
            m.rules = m.rules.filter((r) => ["alarms", "lightbox", "event"].includes(r.from));
        });
        assert.deepEqual(bridge.subscriptions().map((s) => s.topic), ["lightbox", "alarm/+", "status", "event"]
            .flatMap((t) => [`hall/v1/a/${t}`, `hall/v1/b/${t}`]));
    });

    it("two things that would be one device there: the first is told, of the second an engineer hears once", () => {
        const { bridge, online, say } = adapter("jetlinks");
        bridge.platform(true);
        online("a");
        online("a-b");
        assert.notDeepEqual(say("contact/c", door("open"), "a-b"), []);
        assert.deepEqual(say("contact/b-c", door("open"), "a"), []);
        assert.match(bridge.complaints().join(), /contact-a-b-c/);
        say("contact/b-c", door("closed"), "a");
        assert.deepEqual(bridge.complaints(), []);
    });

    it("what is no message of a hall is refused or passed over", () => {
        const { bridge } = adapter("jetlinks");
        for (const text of ["{", "null", "[]", "1", '{"clock":"trusted","ts":"soon"}'])
            assert.throws(() => bridge.heard("hall/v1/a/contact/west", text), text);
        for (const topic of ["__proto__", "constructor/x", "reply/1", "command/closing.cancel", "closing/x"])
            assert.deepEqual(bridge.heard(`hall/v1/a/${topic}`, "{}"), [], topic);
        assert.equal(bridge.halls.size, 0);
    });

    it("what is of another type than docs/mqtt says is as good as missing", () => {
        const { bridge, online, say } = adapter("thingsboard");
        bridge.platform(true);
        online();
        const told = say("closing", { phase: "open", since: "soon", deadline: {}, blockers: 3, left_on: [] });
        assert.deepEqual(bodies(told, /telemetry/)[0].a[0].values,
            { phase: "open", phase_deadline: 0, blocker_list: "3", left_on: 0 });
    });

    it("signs in with a token, a key, or a key and the time", () => {
        assert.equal(adapter("thingsboard").bridge.login().username, "id");
        const plain = adapter("jetlinks").bridge;
        assert.deepEqual(plain.login(), { clientid: "hall-gateway-1", username: "id", password: "key" });
        assert.equal(plain.expires, false);
        const { bridge, clock } = adapter("jetlinks", (m) => { m.gateway.login = "md5"; });
        const username = `id|${clock.ms}`;
        assert.deepEqual(bridge.login(), { clientid: "hall-gateway-1", username,
            password: createHash("md5").update(`${username}|key`).digest("hex") });
        assert.equal(bridge.expires, true);
    });
});
