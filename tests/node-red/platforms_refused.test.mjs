// Mappings to other platforms that are not good: each fault with its place and a remedy, before anything is said.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const SHIPPED = fileURLToPath(new URL("../../config/node-red/platforms/", import.meta.url));
const { load } = createRequire(import.meta.url)(join(SHIPPED, "check.js"));
const folder = mkdtempSync(join(tmpdir(), "hall-mapping-"));
after(() => rmSync(folder, { recursive: true }));

describe("a mapping that is not good", () => {
    const text = (name) => readFileSync(join(SHIPPED, `${name}.json`), "utf8");
    /** What is said when `from` is replaced by `to`, which stands at the place that is named. */
    const refused = (name, from, to, message, marker = to) => it(message, () => {
        const before = text(name), file = join(folder, "mapping.json"), changed = before.replace(from, () => to);
        assert.notEqual(changed, before);
        writeFileSync(file, changed);
        const line = changed.slice(0, changed.indexOf(marker)).split("\n").length;
        assert.throws(() => load(file), (error) => {
            const lines = error.message.split("\n").filter((l) => l.includes(message));
            assert.equal(lines.length, 1, error.message);
            assert.match(lines[0].slice(file.length), new RegExp(`^:${line}:[1-9]\\d*: `));
            return true;
        });
    });
    const tb = (...args) => refused("thingsboard", ...args), jl = (...args) => refused("jetlinks", ...args);

    tb('"telemetry": "v1/gateway/telemetry",', '"telemetry": "v1/gateway/telemetry"', "a comma or } is wanted here",
        '"attributes"');
    tb('"attendance": false,', '"attendance": flase,', "is no JSON: a value is wanted here");
    tb('"attendance": false,', '"attendance": "no",', "must be true (facts about people go to the platform) or false");
    tb('"attendance": false,', '"attendence": false,', 'unknown key "attendence"; there is platform, ');
    tb('"phase": "phase",', '"phase": "phase", "phase": "early",', 'the key "phase" stands twice; remove one');
    tb('"lightbox": "actual",', '"state": "actual",', 'the key "state" of "hall" is taken by line ');
    tb('"from": "lightbox"', '"from": "lightbulb"', '"lightbulb" is no topic of a hall; there is status, closing, ');
    tb('"from": "lightbox"', '"from": "__proto__"', '"__proto__" is no topic of a hall');
    tb('"phase": "phase"', '"phase": "plan.fase"', '"plan.fase" is no field of closing; there is phase, ');
    tb('"phase": "phase"', '"phase": "constructor"', '"constructor" is no field of closing');
    tb('"telemetry": "v1/gateway/telemetry",', "", '"telemetry" is missing; add it', "{\n        \"connect\"");
    tb('"v1/gateway/telemetry"', '"v1/+/telemetry"', "a topic to publish to has no + and no #");
    tb('"platform": "thingsboard"', '"platform": "things"', "must be one of thingsboard, jetlinks");
    tb('"from": "lightbox", "device": "hall"', '"from": "lightbox", "device": "hal"',
        '"hal" is no device of this mapping; there is hall, circuit, window, contact');
    tb('"as": "attributes",', '"as": "properties",', '"properties" is no way to tell this platform');
    tb('"{hall} circuit {id}"', '"circuit {id}"', "must have {hall} in it");
    tb('"{hall} circuit {id}"', '"{hall} {name}"', "{name} means nothing in a device's id; use hall, id");
    tb('"alarm {id}":', '"alarm":', "all alarm/{id} would be one");
    tb('"absent": 0 }', '"absent": {} }', "must be a text, a number, true, false or null");
    tb('{ "field": "watts", "absent": null }', '"watts"', '"watts" can be null: say what is to be sent', '"watts"');
    tb('"left_on", "as": "count"', '"phase", "as": "count"', '"count" cannot be made of "phase", a text');
    tb('"from": "event", "device": "hall", "as": "event"', '"from": "event", "device": "hall", "as": "telemetry"',
        "event is something that was, not a state");
    jl('"as": "event", "event": "alarm",', '"as": "event",', '"event" is missing: add the id',
        '{\n            "from": "alarm/{id}"');
    jl('"login": "plaintext"', '"login": "sha1"', "must be plaintext or md5");
    jl('child/{device}/online"', 'child/online"', "a topic must have {device} in it");

    it("is told as such when it is not there", () => {
        assert.throws(() => load(join(folder, "none.json")), /none\.json: cannot be read \(ENOENT\); name a mapping/);
    });

    it("has all its faults told at once", () => {
        const file = join(folder, "many.json");
        writeFileSync(file, text("thingsboard").replace('"phase": "phase"', '"phase": "a"')
            .replace('"state": "state"', '"state": "b"').replace('"pc": "pc"', '"pc": "c"'));
        assert.throws(() => load(file), (error) => error.message.split("\n").length === 3);
    });
});
