// halld against the peer, in turns: how often they poll, from a flip on the wire to its message at a subscriber,
// and what that costs. Figures of one run are to be compared with each other only.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { floor } from "./floor.mjs";
import { stage } from "./sides.mjs";
import { watch } from "./watch.mjs";

const { values } = parseArgs({
    options: {
        rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "3" },
        flips: { type: "string", default: "300" }, storms: { type: "string", default: "20" },
        points: { type: "string", default: "8,64,512" }, polls: { type: "string", default: "1,20" },
        only: { type: "string", default: "halld,peer" }, json: { type: "boolean", default: false },
    },
});
const [ROUNDS, SECONDS, FLIPS, STORMS] = [values.rounds, values.seconds, values.flips, values.storms].map(Number);
const PROGRAMS = values.only.split(",");
const PATIENCE = 60_000;
/** All inputs at once, at a 20 ms poll: from the flip to the last message. */
const STORM_LIMIT_MS = 24;
/** Less than this apart is no difference. */
const NOISE = 0.02;

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const sorted = (list) => [...list].sort((a, b) => a - b);
const share = (list, part) => sorted(list)[Math.min(list.length - 1, Math.floor(part * list.length))];
const median = (list) => share(list, 0.5);

function cpu(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
const resident = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+)/m)[1]) / 1024;

/** What the subscriber last heard of each point, and who waits for more. Little work for each message: what the
 *  subscriber is busy with delays the time at which it sees the next. */
class Ear {
    heard = new Map();
    waiting = null;

    take(topic, payload, at) {
        const point = topic.slice(topic.lastIndexOf("/") + 1);
        const { state } = JSON.parse(payload);
        this.heard.set(point, { state, at });
        const waiting = this.waiting;
        if (waiting === null) return;
        if (state !== waiting.state) {
            if (waiting.points.has(point)) waiting.missing.add(point);
        } else if (waiting.missing.delete(point)) {
            waiting.last = Math.max(waiting.last, at);
        }
        if (waiting.missing.size === 0) waiting.done(waiting.last);
    }
    /** Until all these points are in that state; resolves to when the last of them was told. */
    until(what, points, level) {
        const state = level === 1 ? "closed" : "open";
        const missing = new Set(), told = [0];
        for (const p of points) {
            const last = this.heard.get(`p${p}`);
            if (last?.state === state) told.push(last.at);
            else missing.add(`p${p}`);
        }
        const last = Math.max(...told);
        if (missing.size === 0) return last;
        return new Promise((done, fail) => {
            const patience = setTimeout(() => fail(new Error(`waited too long for ${what}`)), PATIENCE);
            this.waiting = {
                points: new Set(points.map((p) => `p${p}`)), state, missing, last,
                done: (at) => {
                    clearTimeout(patience);
                    this.waiting = null;
                    done(at);
                },
            };
        });
    }
}

/** Where between two polls the flips are: evenly, in an order of chance. Both programs get the same. */
function phases(count) {
    const list = [...Array(count).keys()].map((i) => (i + 0.5) / count);
    for (let i = count - 1; i > 0; --i) {
        const j = Math.floor(Math.random() * (i + 1));
        [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
}

async function measure(house, ear, size, pid) {
    const all = [...Array(size.points).keys()];
    await ear.until("the first picture", all, 0);
    await wait(1000);  // what a start leaves behind is over
    const before = { cpu: cpu(pid), ...await house.slave({}) };
    await wait(SECONDS * 1000);
    const after = { cpu: cpu(pid), ...await house.slave({}) };
    const seconds = (after.at - before.at) / 1000;
    const flips = [], storms = [];
    for (const phase of phases(FLIPS)) {
        await wait(15 + Math.random() * 25);
        const point = Math.floor(Math.random() * size.points);
        const { at, level } = await house.slave({ flip: point, phase });
        flips.push(await ear.until("a flip", [point], level) - at);
    }
    // Back to where all are alike.
    const { level } = await house.slave({});
    for (const p of all) {
        const told = ear.heard.get(`p${p}`).state === "closed" ? 1 : 0;
        if (told !== level) await house.slave({ flip: p });
    }
    await ear.until("all alike", all, level);
    for (const phase of phases(STORMS)) {
        await wait(100 + Math.random() * 40);
        const flipped = await house.slave({ all: true, phase });
        storms.push(await ear.until("a storm", all, flipped.level) - flipped.at);
    }
    return {
        polls: (after.reads - before.reads) / seconds, cpu: 100 * (after.cpu - before.cpu) / seconds,
        memory: resident(pid), flips, storms,
    };
}

async function round(name, size) {
    const house = await stage(name, size);
    const ear = new Ear();
    let close = () => {};
    try {
        close = await watch(house.mqtt, "hall/v1/bench/contact/+", (...said) => ear.take(...said));
        return await measure(house, ear, size, await house.start());
    } catch (error) {
        error.message += `\n${name} at ${JSON.stringify(size)} said:\n${house.complaint()}`;
        throw error;
    } finally {
        close();
        await house.end();
    }
}

/** Of all rounds. The flips of all are one list: a p99 of one round would be its second worst. */
function summary(runs) {
    const flips = runs.flatMap((r) => r.flips), storms = runs.flatMap((r) => r.storms);
    return {
        polls: median(runs.map((r) => r.polls)), cpu: median(runs.map((r) => r.cpu)), memory: median(runs.map((r) => r.memory)),
        p50: median(flips), p99: share(flips, 0.99), storm: median(storms), storm_worst: Math.max(...storms),
    };
}

const COLUMNS = [
    ["polls", "polls/s", 0], ["p50", "p50 ms", 2], ["p99", "p99 ms", 2], ["cpu", "CPU %", 1], ["memory", "RSS MB", 1],
    ["storm", "all at once ms", 1], ["storm_worst", "worst ms", 1],
];
const results = [];
console.log(`| points | poll ms | program | ${COLUMNS.map(([, title]) => title).join(" | ")} |`);
console.log(`|${"---|".repeat(3 + COLUMNS.length)}`);
let fine = true;
for (const points of values.points.split(",").map(Number)) {
    for (const poll_ms of values.polls.split(",").map(Number)) {
        const runs = Object.fromEntries(PROGRAMS.map((name) => [name, []]));
        for (let i = 0; i < ROUNDS; ++i) {
            for (const name of i % 2 ? [...PROGRAMS].reverse() : PROGRAMS) runs[name].push(await round(name, { points, poll_ms }));
        }
        const figures = {};
        for (const name of PROGRAMS) {
            figures[name] = summary(runs[name]);
            console.log(`| ${points} | ${poll_ms} | ${name} | ${COLUMNS.map(([key, , digits]) => figures[name][key].toFixed(digits)).join(" | ")} |`);
        }
        results.push({ points, poll_ms, figures });
        const { halld, peer } = figures;
        if (halld && peer) {
            const behind = COLUMNS.slice(0, 5).filter(([key]) => (key === "polls" ? halld[key] < peer[key] * (1 - NOISE)
                : halld[key] > peer[key] * (1 + NOISE)));
            for (const [, title] of behind) console.log(`halld is behind in ${title} at ${points} points, ${poll_ms} ms`);
            fine = fine && behind.length === 0;
        }
        if (halld && points === 512 && poll_ms === 20 && halld.storm > STORM_LIMIT_MS) {
            console.log(`512 points took ${halld.storm.toFixed(1)} ms, limit ${STORM_LIMIT_MS} ms`);
            fine = false;
        }
    }
}
for (const points of values.points.split(",").map(Number))
    console.log(`mosquitto alone: ${points} messages are at the subscriber after ${(await floor(points)).toFixed(1)} ms`);
if (values.json) console.log(JSON.stringify(results));
process.exitCode = fine ? 0 : 1;
