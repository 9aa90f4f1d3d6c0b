// The panel's answers while the broker is well, and while it is stalled, cut, refusing, slow, frozen or dead, in turns:
// the 99th percentile may not differ by more than a tenth.
import { Agent, request } from "node:http";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { until } from "../../e2e/support.mjs";
import { wiredHouse } from "./wire.mjs";

const LIMIT = 1.1;
const { values } = parseArgs({ options: { actions: { type: "string", default: "3000" } } });
const ACTIONS = Number(values.actions);  // of each side
/** Long ones: each trouble makes the daemon wait longer before it comes back. */
const BLOCK = 250;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const { house, wire } = await wiredHouse();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
/** One press on the page: window 1 serves, window 1 pauses. Milliseconds to the answer. */
function act(state) {
    const body = JSON.stringify({ window: "1", state });
    const { port, hostname } = new URL(house.panel);
    const begun = performance.now();
    return new Promise((done, fail) => {
        const asked = request({ port, hostname, agent, method: "POST", path: "/api/window/set",
            headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } }, (reply) => {
            reply.resume().on("end", () => (reply.statusCode === 200 ? done(performance.now() - begun)
                : fail(new Error(`status ${reply.statusCode}`))));
        });
        asked.on("error", fail).end(body);
    });
}
async function block(times) {
    for (let i = 0; i < BLOCK; ++i) times.push(await act(i % 2 ? "paused" : "serving"));
}

const flapping = async (work) => {
    const timer = setInterval(() => wire.cut(), 50);
    await work();
    clearInterval(timer);
};
/** Each does its work while the broker is in that trouble, and heals it. */
const TROUBLES = {
    async stalled(work) { wire.stall(true); await work(); wire.cut(); wire.stall(false); },
    flapping,
    async refusing(work) { wire.refusing = true; wire.cut(); await work(); wire.refusing = false; },
    async slow(work) { wire.crawling = true; await work(); wire.crawling = false; },
    async frozen(work) {
        process.kill(house.pid.mosquitto, "SIGSTOP");
        await work();
        process.kill(house.pid.mosquitto, "SIGCONT");
    },
    async "dead, back with an empty store"(work) {
        const before = house.pid.mosquitto;
        rmSync(join(house.folder, "broker/mosquitto.db"), { force: true });
        process.kill(before, "SIGKILL");
        await work();
        // ./run starts it again after a second.
        await until("mosquitto again", () => {
            try {
                return house.read().pid.mosquitto !== before;
            } catch {
                return false;
            }
        });
    },
};

let fine = false;
try {
    await until("the broker is connected", async () => (await house.state()).hall.broker === "connected");
    const well = [], ill = [], of = new Map(Object.keys(TROUBLES).map((name) => [name, []]));
    await block([]);  // files and caches are warm then
    for (const names = Object.keys(TROUBLES); ill.length < ACTIONS;) {
        for (const name of names) {
            await block(well);
            const times = [];
            await TROUBLES[name](() => block(times));
            ill.push(...times);
            of.get(name).push(...times);
            // Back in order before the next: otherwise "well" would be ill.
            await until("the broker is connected", async () => (await house.state()).hall.broker === "connected");
            await wait(300);
        }
    }
    const at = (times, share) => [...times].sort((a, b) => a - b)[Math.floor(share * times.length)];
    const line = (name, times) => console.log(`${name.padEnd(32)} ${String(times.length).padStart(6)} `
        + [0.5, 0.99].map((share) => at(times, share).toFixed(2).padStart(8)).join(""));
    console.log("broker                           actions  p50 ms  p99 ms");
    line("well", well);
    line("in trouble", ill);
    for (const [name, times] of of) line(`  ${name}`, times);
    const ratio = at(ill, 0.99) / at(well, 0.99);
    fine = ratio <= LIMIT;
    console.log(`p99 in trouble ÷ well: ${ratio.toFixed(3)}, limit ${LIMIT}`);
} finally {
    agent.destroy();
    await wire.close();
    await house.demolish();
}
process.exitCode = fine ? 0 : 1;
