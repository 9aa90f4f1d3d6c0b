// Thousands of messages a second to everything that the daemon listens to, while people use the hall: it stays quick,
// small and closable, writes little about it, and takes a good command as soon as it is over.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Stranger, TREE, command, flood, metric } from "./stranger.mjs";
import { CIRCUITS, House, SANITIZED, judge, until } from "./support.mjs";

const SLOWER = SANITIZED ? 10 : 1;
/** A second, and for so many of them. */
const RATE = 10_000, SECONDS = 4;
/**
 * The panel's slowest answer, and how soon a good command goes again, in ms. It is 0.2 and 0.7 s where two processors
 * have nothing else to do; on a busy machine this test itself waits for its turn.
 */
const PROMPT = 5_000 * SLOWER, RECOVERS = 15_000 * SLOWER;
/** In kB: what waits for the daemon is bounded by number and size. A sanitizer keeps what was freed. */
const MOST_MEMORY = SANITIZED ? Infinity : 24 * 1024;
/** Some seventy records, and the pages around them. */
const MOST_BYTES = 2 * 1024 * 1024;

const memory = (pid) => {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const of = (key) => Number(text.match(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m"))[1]);
    return { now: of("VmRSS"), peak: of("VmHWM") };
};

describe("a flood of messages", () => {
    let house, stranger;
    before(async () => {
        house = await House.start();
        stranger = await Stranger.at(house);
    });
    after(async () => {
        await stranger?.leave();
        await house?.demolish();
    });

    /** Floods, and meanwhile uses the panel; then holds what it cost against what it may cost. */
    async function survive(t, make, rate) {
        await pause(2_000); // nothing of before counts against this
        const say = (n) => {
            const [topic, payload] = make(n);
            house.said.add(`${topic} ${payload}`);
            return [TREE + topic, payload];
        };
        const records = async () => (await house.records()).filter((r) => r.type === "command.refused").length;
        const bytes = () => ["journal.db", "journal.db-wal"].map((f) => join(house.folder, f))
            .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
        const begun = performance.now();
        const before = { memory: memory(house.pid.halld), records: await records(), bytes: bytes(),
            refused: await metric(house, "hall_commands_rejected_total"), heard: stranger.heard.length };
        let over = false, slowest = 0, asked = 0;
        const person = (async () => {
            while (!over) {
                const begun = performance.now();
                const reply = await fetch(`${house.panel}/api/state`);
                assert.equal(reply.status, 200);
                await reply.arrayBuffer();
                slowest = Math.max(slowest, performance.now() - begun);
                ++asked;
                await pause(50);
            }
        })();
        const { sent, seconds } = await flood(house.port, rate, SECONDS, say);
        over = true;
        await person;
        const ended = performance.now();
        // Within the time in which one more is allowed again, and no message of the flood is in its way.
        const reply = await until("a good command is taken", async () => {
            const one = command();
            await stranger.say("command/status.refresh", one);
            return until("its reply", () => stranger.on(`reply/${one.id}`)[0], 500).catch(() => null);
        }, 30_000);
        assert.equal(JSON.parse(reply.payload).result, "done");
        const recovered = performance.now() - ended;
        const cost = { rate: Math.round(sent / seconds), sent, asked, slowest: Math.round(slowest),
            recovered: Math.round(recovered), memory: memory(house.pid.halld), before: before.memory,
            records: await records() - before.records, bytes: bytes() - before.bytes,
            refused: await metric(house, "hall_commands_rejected_total") - before.refused,
            answers: stranger.heard.slice(before.heard).filter((m) => m.topic.startsWith(`${TREE}reply/`)).length };
        t.diagnostic(JSON.stringify(cost));
        const lasted = (performance.now() - begun) / 1000;
        assert.ok(cost.slowest < PROMPT, `the panel's slowest answer took ${cost.slowest} ms`);
        assert.ok(cost.memory.peak < before.memory.peak + MOST_MEMORY, `halld grew to ${cost.memory.peak} kB`);
        // Ten a second and the first twenty are looked at; the rest is one record a second at most.
        assert.ok(cost.records < 11 * lasted + 25, `${cost.records} records`);
        assert.ok(cost.answers < 10 * lasted + 25, `${cost.answers} replies`);
        assert.ok(cost.bytes < MOST_BYTES, `the journal grew by ${cost.bytes} bytes`);
        assert.ok(cost.recovered < RECOVERS, `a good command was taken after ${cost.recovered} ms`);
        return cost;
    }

    it("of commands, good and bad", async (t) => {
        const kinds = [() => JSON.stringify(command()), () => "x", () => "[".repeat(7_000), () => JSON.stringify([])];
        const cost = await survive(t, (n) => ["command/closing.cancel", kinds[n % 4]()], RATE);
        assert.ok(cost.refused > 0.9 * cost.sent, "they are counted");
    });

    it("of one command, again and again", async (t) => {
        const one = command();
        const cost = await survive(t, () => ["command/status.refresh", JSON.stringify(one)], RATE);
        assert.ok(cost.refused > 0.9 * cost.sent, "they are counted");
    });

    it("of commands as long as a broker takes them", async (t) => {
        await survive(t, (n) => [`command/${n % 2 ? "closing.cancel" : "x".repeat(900)}`, "{".repeat(60_000)], 1_000);
    });

    it("of alarms and answers of agents that are none", async (t) => {
        const cost = await survive(t, (n) => [n % 2 ? `alarm/x${n % 500}` : `agent/pc${n % 8}/reply`, JSON.stringify({ n })],
            RATE);
        assert.equal(cost.refused, 0, "they are no commands, and not counted as such");
    });

    it("while the hall is closed: two persons, no PC that lost its power running", async (t) => {
        const mark = await house.mark();
        const pressed = [];
        const closing = (async () => {
            pressed.push((await house.confirm(0)).status, (await house.confirm(1)).status);
            await house.reached("stopping", "cutting", "closed");
        })();
        const good = () => JSON.stringify({ ...command(), expires: "2020-01-01T00:00:00Z" });
        await survive(t, (n) => ["command/closing.cancel", n % 2 ? good() : "x"], RATE);
        await closing;
        assert.deepEqual(pressed, [200, 200]);
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
    });
});
