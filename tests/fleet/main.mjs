// Reads the arguments, runs a fleet, prints what held and what it took. See tests/fleet/run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Fleet } from "./fleet.mjs";

const number = (text) => {
    if (/^\d{1,5}$/.test(text)) return Number(text);
    console.error(`not a number: ${text}`);
    process.exit(2);
};
const { values } = parseArgs({ options: {
    halls: { type: "string", default: "200" }, light: { type: "string", default: "0" }, nodes: { type: "string", default: "3" },
    "light-qos": { type: "string", default: "1" }, keep: { type: "boolean", default: false },
} });
if (number(values.nodes) < 3) {
    console.error("a message is on three nodes: --nodes 3 or more");
    process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "hall-fleet-"));
const begun = Date.now();
const fleet = new Fleet(folder, { halls: number(values.halls), light: number(values.light), nodes: number(values.nodes),
    qos: number(values["light-qos"]),
    say: (text) => console.log(`${String(Math.round((Date.now() - begun) / 1000)).padStart(4)} s  ${text}`) });

let ending;
const end = (code) => ending ??= fleet.stop().catch((error) => console.error(error.message)).finally(() => {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
    process.exit(code);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(130));

try {
    await fleet.run();
} catch (error) {
    if (!ending) fleet.verdict("the run came to its end", [error.message]);
}
if (!ending) {
    console.log("");
    for (const [what, value] of fleet.figures) console.log(`${what.padEnd(56)} ${value}`);
    console.log("");
    for (const { what, against } of fleet.verdicts) {
        console.log(`${against.length === 0 ? "ok  " : "FAIL"} ${what}${against.length > 1 ? `: ${against.length} faults` : ""}`);
        for (const line of against.slice(0, 10)) console.log(`       ${line}`);
    }
    await end(fleet.verdicts.every((v) => v.against.length === 0) ? 0 : 1);
}
