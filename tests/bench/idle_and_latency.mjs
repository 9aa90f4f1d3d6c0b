// Prints what halld costs while nothing happens, and how fast a button reaches its lamp. It judges by
// limits only at the end: exit code 1 when one is exceeded.
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { House, until } from "../e2e/support.mjs";

const LIMITS = { memory_mb: 16, cpu_percent: 1, latency_ms: 200 };
const { values } = parseArgs({
    options: { seconds: { type: "string", default: "20" }, presses: { type: "string", default: "100" } },
});
const SECONDS = Number(values.seconds);
const PRESSES = Number(values.presses);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
/** CPU seconds of a process so far. */
function cpu(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
function memory(pid) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kb = (key) => Number(status.match(new RegExp(`^${key}:\\s+(\\d+)`, "m"))[1]);
    return { resident: kb("VmRSS") / 1024, own: kb("RssAnon") / 1024, most: kb("VmHWM") / 1024 };
}
async function counter(house, name) {
    const text = await (await fetch(`${house.panel}/metrics`)).text();
    return [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\d+)`, "gm"))]
        .reduce((sum, [, n]) => sum + Number(n), 0);
}

async function idle(house, pid) {
    await wait(3000);  // adopting the outputs is over
    const before = { cpu: cpu(pid), at: performance.now(), requests: await counter(house, "hall_bus_requests_total") };
    await wait(SECONDS * 1000);
    const seconds = (performance.now() - before.at) / 1000;
    const requests = (await counter(house, "hall_bus_requests_total") - before.requests) / seconds;
    return { percent: 100 * (cpu(pid) - before.cpu) / seconds, requests, ...memory(pid) };
}

/** From the press, as the button's wire shows it, to the first lamp of that window that changes. */
async function latencies(house) {
    const times = [];
    for (let i = 0; i < PRESSES; ++i) {
        const window = String(1 + (i % 8));
        const mark = await house.mark();
        // Presses must not fall into step with the polls.
        await wait(7 + ((i * 37) % 50));
        await house.set({ [`window.${window}.button`]: "press" });
        const { press, lamp } = await until(`window ${window}'s lamp`, async () => {
            const trace = (await house.trace()).filter((e) => e.n > mark);
            const press = trace.find((e) => e.thing === `window.${window}.button` && e.value === "pressed");
            const lamp = press && trace.find((e) => e.n > press.n && e.thing.startsWith(`lamp.window.${window}.`));
            return lamp && { press, lamp };
        });
        times.push(lamp.t - press.t);
        await until("released", async () => (await house.plant())[`window.${window}.button`] === "released");
    }
    return times.sort((a, b) => a - b);
}

const house = await House.start();
let fine = false;
try {
    const pid = house.pid.halld;
    const rest = await idle(house, pid);
    console.log(`idle for ${SECONDS} s: ${rest.percent.toFixed(2)} % CPU, ${rest.requests.toFixed(1)} bus requests/s `
        + `(inputs of three buses at 20 scans/s each), limit ${LIMITS.cpu_percent} %`);
    console.log(`resident memory: ${rest.resident.toFixed(1)} MB (own ${rest.own.toFixed(1)}, `
        + `most ever ${rest.most.toFixed(1)}), limit ${LIMITS.memory_mb} MB`);
    const times = await latencies(house);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(0);
    console.log(`button to lamp over Modbus TCP, ${times.length} presses: median ${at(0.5)} ms, `
        + `p99 ${at(0.99)} ms, worst ${times.at(-1).toFixed(0)} ms, limit ${LIMITS.latency_ms} ms`);
    fine = rest.percent <= LIMITS.cpu_percent && rest.resident <= LIMITS.memory_mb && times.at(-1) <= LIMITS.latency_ms;
    console.log(fine ? "all within their limits" : "a limit is exceeded");
} finally {
    await house.demolish();
}
process.exitCode = fine ? 0 : 1;
