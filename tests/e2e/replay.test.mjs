// A real evening is recorded, with a sudden death in its middle; run again, it gives the journal to the byte.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync }
    from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { House, hallctl, until } from "./support.mjs";

describe("the flight recorder", () => {
    let house, tape, journal, files;
    const replay = (...args) => hallctl("replay", "--journal", journal, ...args);
    /** A copy of the recordings, changed. */
    const changed = (file, change) => {
        const copy = join(tape, "changed");
        rmSync(copy, { recursive: true, force: true });
        cpSync(join(tape, "recorder"), copy, { recursive: true });
        const text = readFileSync(join(copy, file), "utf8");
        const other = change(text);
        assert.notEqual(other, text);
        writeFileSync(join(copy, file), other);
        return copy;
    };

    /** The closing's end, also on a machine so busy that the demo's short times hold a PC. */
    const ended = () => until("the closing has ended", async () => {
        const { closing } = await house.state();
        const held = Object.keys(closing.steps).find((id) => closing.steps[id].step === "held");
        if (held) await house.post("closing/except", { ...house.who(0), circuit: held, reason: "busy" });
        return ["closed", "partial"].includes(closing.phase);
    });

    before(async () => {
        house = await House.start();
        tape = mkdtempSync(join(tmpdir(), "hall-tape-"));
        // An evening: a wrong PIN, a changed mind, a door, and the daemon's death while PCs shut down.
        await house.post("closing/confirm", { staff: house.staff[0].staff, pin: "000000", plan: await house.digest() });
        await house.confirm(0);
        await house.post("closing/cancel", {});
        await house.set({ "contact.west_door": "open" });
        await house.set({ "contact.west_door": "closed" });
        await house.ready();
        await house.authorise();
        await house.reached("stopping");
        await house.killDaemon();
        await ended();
        await house.open(2);
    });
    after(async () => {
        await house?.demolish();
        if (tape) rmSync(tape, { recursive: true });
    });

    it("replays while the daemon records", async () => {
        const { code, stdout, stderr } = await hallctl("--state", house.folder, "replay");
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /\d+ events, \d+ records: identical\n$/);
    });

    it("gives the whole journal again, over the death in its middle", async () => {
        await house.stop();
        copyFileSync(join(house.folder, "journal.db"), join(tape, "journal.db"));
        cpSync(join(house.folder, "recorder"), join(tape, "recorder"), { recursive: true });
        journal = join(house.folder, "journal.db");
        files = readdirSync(join(tape, "recorder")).sort();
        assert.equal(files.length, 2);
        const { code, stdout, stderr } = await replay(join(tape, "recorder"), "--json");
        assert.equal(code, 0, stdout + stderr);
        const result = JSON.parse(stdout);
        const records = await house.records();
        assert.equal(result.identical, true);
        assert.equal(result.records, records.length);
        assert.equal(result.last_seq, records.at(-1).seq);
        assert.ok(records.some((r) => r.type === "closing.resumed"));
        // The death is told, and nothing else. It may have come between the event and its records, or in
        // the middle of a line.
        for (const note of result.notes)
            assert.match(note, /events-000001\.jsonl: (ends without an end mark|the last (line|event's records))\b/);
        const ends = result.notes.filter((note) => /an end mark|is torn/.test(note));
        assert.equal(ends.length, 1, result.notes.join("\n"));
    });

    it("each file stands alone", async () => {
        for (const file of files) {
            const { code, stdout, stderr } = await replay(join(tape, "recorder", file));
            assert.equal(code, 0, stdout + stderr);
            assert.match(stdout, /identical\n$/);
        }
    });

    it("one changed event: it says where it departs", async () => {
        let line;
        const folder = changed(files[0], (text) => {
            const lines = text.split("\n");
            line = lines.findLastIndex((l) => l.includes('"e":"closing_confirmed"'));
            lines[line] = lines[line].replace('"person":"1002"', '"person":"1003"');
            return lines.join("\n");
        });
        const { code, stdout, stderr } = await replay(folder);
        assert.equal(code, 1, stdout + stderr);
        assert.match(stdout, new RegExp(`^.*${files[0]}:${line + 1}: event \\d+: record \\d+ differs$`, "m"));
        assert.match(stdout, /^ {2}expected: .*"1002"/m);
        assert.match(stdout, /^ {2}came: .*"1003"/m);
        const json = JSON.parse((await replay(folder, "--json")).stdout);
        assert.equal(json.identical, false);
        assert.equal(json.departure.line, line + 1);
        assert.deepEqual(json.departure.expected, (await house.records()).map(({ prev, hash, ...body }) => body)
            .find((r) => r.seq === json.departure.seq));
    });

    it("a torn last line is told, the rest is identical", async () => {
        const folder = join(tape, "torn");
        cpSync(join(tape, "recorder"), folder, { recursive: true });
        const last = join(folder, files[1]);
        const text = readFileSync(last, "utf8").replace(/\{"ended":"stopped"\}\n$/, "");
        writeFileSync(last, text);
        truncateSync(last, statSync(last).size - 7);
        const { code, stdout, stderr } = await replay(folder);
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /events-000002\.jsonl: the last line \(\d+\) is torn and was left out/);
        assert.match(stdout, /identical\n$/);
    });

    it("damage in the middle, a missing file and wrong use are errors", async () => {
        const folder = changed(files[0], (text) => text.replace('"e":"meter_reported"', '"e":"meter_repor"'));
        let { code, stderr } = await replay(folder);
        assert.equal(code, 2);
        assert.match(stderr, /events-000001\.jsonl:\d+: "meter_repor" is no event that this version knows/);
        ({ code, stderr } = await replay(join(tape, "nothing.jsonl")));
        assert.equal(code, 2);
        assert.match(stderr, /there is no recording/);
        ({ code, stderr } = await hallctl("replay", "--journal", join(tape, "no.db"), join(tape, "recorder")));
        assert.equal(code, 2);
        assert.match(stderr, /there is no journal/);
        assert.equal((await replay("--nonsense")).code, 2);
    });

    it("no PIN and no card of anybody is in it", () => {
        for (const file of files) {
            const text = readFileSync(join(tape, "recorder", file), "utf8");
            for (const { pin, card } of house.staff) {
                assert.ok(!text.includes(`"${pin}"`) && !text.includes(`"${card}"`), file);
            }
            assert.doesNotMatch(text, /"pin"|"card"/);
        }
    });

    it("a folder that cannot be written is an alarm, and the hall closes all the same", async () => {
        rmSync(join(house.folder, "recorder"), { recursive: true });
        writeFileSync(join(house.folder, "recorder"), "in the way");
        await house.launch();
        assert.ok(house.alarm(await house.state(), "recorder_failed"));
        await house.authorise();
        await ended();
        await house.open(2);
    });
});
