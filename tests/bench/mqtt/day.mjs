// What a hall says to its broker in a day, counted on the wire, and what a thousand messages cost halld.
// A day is put together of what was measured: hours open and closed, one closing, one opening, and the day's actions.
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { until } from "../../e2e/support.mjs";
import { wiredHouse } from "./wire.mjs";

const { values } = parseArgs({
    options: { seconds: { type: "string", default: "60" }, records: { type: "string", default: "1000" } },
});
const SECONDS = Number(values.seconds), RECORDS = Number(values.records);
/** A hall of eight windows, open from nine to five: each window changes its light so often, each post its person. */
const DAY = { open_hours: 8.5, closed_hours: 15.5, window_changes: 8 * 20, sign_ins: 8 * 4 };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
function cpu(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

const { house, wire } = await wiredHouse();
/** What goes over the wire while `work` is done, and half a second longer for what follows from it. */
async function counted(work) {
    await wait(500);
    wire.reset();
    await work();
    await wait(500);
    const messages = [...wire.messages.values()].reduce((sum, { count }) => sum + count, 0);
    return { messages, up: wire.up, down: wire.down, kinds: new Map(wire.messages) };
}

try {
    await until("the broker is connected", async () => (await house.state()).hall.broker === "connected");
    await wait(2000);
    const pieces = [];
    const piece = (name, times, sum) => pieces.push({ name, times, ...sum });
    piece("an hour open", DAY.open_hours * 3600 / SECONDS, await counted(() => wait(SECONDS * 1000)));
    let state = 0;
    const changes = 20;
    piece("a window's light", DAY.window_changes / changes, await counted(async () => {
        for (let i = 0; i < changes; ++i) await house.post("window/set", { window: "1", state: ++state % 2 ? "paused" : "serving" });
    }));
    piece("somebody signs in or out", DAY.sign_ins / 4, await counted(async () => {
        for (const person of [0, 1]) {
            for (const [action, more] of [["sign-in", { post: String(person + 1) }], ["sign-out", {}]])
                await house.post(`post/${action}`, { ...house.who(person), ...more });
        }
    }));
    piece("a closing", 1, await counted(async () => {
        await house.authorise();
        await house.reached("closed");
    }));
    piece("an hour closed", DAY.closed_hours * 3600 / SECONDS, await counted(() => wait(SECONDS * 1000)));
    piece("an opening", 1, await counted(() => house.open()));

    const total = { messages: 0, up: 0, down: 0 }, kinds = new Map();
    for (const one of pieces) {
        for (const key of ["messages", "up", "down"]) total[key] += one.times * one[key];
        for (const [kind, { count, bytes }] of one.kinds) {
            const sum = kinds.get(kind) ?? { count: 0, bytes: 0 };
            kinds.set(kind, { count: sum.count + one.times * count, bytes: sum.bytes + one.times * bytes });
        }
    }
    const line = (name, ...cells) => console.log(name.padEnd(28) + cells.map((c) => String(c).padStart(12)).join(""));
    line("in a day", "messages", "bytes");
    for (const [kind, { count, bytes }] of [...kinds].sort((a, b) => b[1].count - a[1].count))
        line(`  ${kind}`, Math.round(count), Math.round(bytes));
    line("to the broker", Math.round(total.messages), Math.round(total.up));
    line("  a second", (total.messages / 86_400).toFixed(2), (total.up / 86_400).toFixed(0));
    line("from the broker", "", Math.round(total.down));
    line("what was counted", "messages", "bytes");
    for (const one of pieces) line(`  ${one.name}, ${one.times.toFixed(0)} times`, one.messages, one.up);

    // --- CPU: many records again, against doing nothing for as long
    while ((await house.records()).length < RECORDS)
        for (let i = 0; i < 200; ++i) await house.post("window/set", { window: "1", state: ++state % 2 ? "paused" : "serving" });
    const { halld } = house.pid;
    const records = (await house.records()).length;
    const now = Date.now();
    wire.reset();
    const begun = performance.now(), before = cpu(halld);
    await house.publish("command/events.resend", { id: randomUUID(), issued: new Date(now).toISOString(),
        expires: new Date(now + 60_000).toISOString(), args: { from_seq: 1 } });
    await until("all of it again", () => (wire.messages.get("event")?.count ?? 0) >= records);
    const took = (performance.now() - begun) / 1000, used = cpu(halld) - before;
    const sent = [...wire.messages.values()].reduce((sum, { count }) => sum + count, 0);
    const idleFrom = cpu(halld);
    await wait(Math.max(20, took) * 1000);
    const idle = (cpu(halld) - idleFrom) / Math.max(20, took);
    console.log(`CPU of halld for 1000 messages: ${(1e6 * (used - idle * took) / sent).toFixed(0)} ms `
        + `(${sent} messages in ${took.toFixed(1)} s; ${(100 * idle).toFixed(2)} % while nothing is asked is taken off)`);
} finally {
    await wire.close();
    await house.demolish();
}
