// What one hall says: messages and bytes of the demo's hall (eight PCs, twelve devices) while nothing happens, through a
// closing and through an opening, and what a day of these makes; and what its journal takes on disk.
//   HALL_BUILD_DIR=build/release node tests/fleet/traffic.mjs [--minutes 3]
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { House } from "../e2e/support.mjs";

const minutes = Number(parseArgs({ options: { minutes: { type: "string", default: "3" } } }).values.minutes);
const house = await House.startDemo();
const ear = house.subscribe();
/** Topic, payload and MQTT's own few bytes; without TLS and TCP. */
const size = (m) => `hall/v1/demo/${m.topic}`.length + Buffer.byteLength(m.payload) + 6;

async function measure(what) {
    await pause(1500);
    const from = ear.messages.length, records = (await house.records()).length;
    await what();
    await pause(1500);
    const said = ear.messages.slice(from), kinds = {};
    for (const message of said) {
        const kind = kinds[message.topic.split("/")[0]] ??= { messages: 0, bytes: 0 };
        kind.messages += 1;
        kind.bytes += size(message);
    }
    const all = said.reduce((sum, m) => sum + size(m), 0);
    return { messages: said.length, bytes: all, records: (await house.records()).length - records, kinds };
}

try {
    const quiet = await measure(() => pause(minutes * 60_000));
    const closing = await measure(async () => {
        await house.authorise();
        await house.reached("closed");
    });
    const opening = await measure(() => house.open());
    const line = (name, m) => console.log(`${name.padEnd(28)} ${String(m.messages).padStart(7)} messages `
        + `${String(Math.round(m.bytes / 1024)).padStart(7)} KiB ${String(m.records).padStart(5)} records`);
    for (const [name, m] of Object.entries({ quiet, closing, opening })) {
        line(name === "quiet" ? `nothing happens, ${minutes} min` : `one ${name}`, m);
        for (const [kind, k] of Object.entries(m.kinds)) {
            const one = String(Math.round(k.bytes / k.messages)).padStart(7);
            console.log(`    ${kind.padEnd(24)} ${String(k.messages).padStart(7)} messages ${one} bytes each`);
        }
    }
    const day = {};
    for (const key of ["messages", "bytes", "records"])
        day[key] = Math.round(quiet[key] / minutes * 1440 + closing[key] + opening[key]);
    line("a day with one of each", day);
    const records = await house.records();
    const disk = ["journal.db", "journal.db-wal"].reduce((sum, file) =>
        sum + (statSync(join(house.folder, file), { throwIfNoEntry: false })?.size ?? 0), 0);
    const text = records.reduce((sum, r) => sum + Buffer.byteLength(JSON.stringify(r)), 0);
    console.log(`journal: ${records.length} records, ${Math.round(text / records.length)} bytes each as JSON, `
        + `${Math.round(disk / 1024)} KiB on disk`);
} finally {
    await ear.stop();
    await house.demolish();
}
