// How many records a second the shipped cluster acknowledges (five halls, fifty under way each), and how many a consumer
// that was away meanwhile then gets, one by one and in order.
//   node tests/fleet/throughput.mjs [--records 10000]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Cluster } from "./cluster.mjs";
import { Consumer } from "./consumer.mjs";
import { until } from "./support.mjs";

const UNDER_WAY = 50, ids = ["a", "b", "c", "d", "e"];
const each = Number(parseArgs({ options: { records: { type: "string", default: "10000" } } }).values.records) / ids.length;
const folder = mkdtempSync(join(tmpdir(), "hall-fleet-"));
const cluster = new Cluster(folder);
const clients = [];
try {
    await cluster.start(["monitor", ...ids]);
    const consumer = new Consumer(cluster);
    await consumer.come();
    await consumer.leave();
    for (const [i, id] of ids.entries()) clients.push(cluster.client(id, {}, i % 3));
    await until("all are connected", () => clients.every((c) => c.connected));

    let from = Date.now();
    await Promise.all(clients.map(async (client, i) => {
        for (let seq = 1; seq <= each;) {
            const some = [];
            for (; some.length < UNDER_WAY && seq <= each; ++seq) {
                const text = JSON.stringify({ seq, filler: "x".repeat(480) });
                some.push(client.publishAsync(`hall/v1/${ids[i]}/event`, text, { qos: 1 }));
            }
            await Promise.all(some);
        }
    }));
    const rate = () => Math.round(each * ids.length / (Date.now() - from) * 1000);
    console.log(`acknowledged: ${rate()} records/s`);

    from = Date.now();
    await consumer.come();
    await until("all records", () => ids.every((id) => consumer.of(id).length >= each), 300_000);
    const ordered = ids.every((id) => consumer.of(id).every((r, i) => r.seq === i + 1));
    console.log(`consumed:     ${rate()} records/s, ${ordered ? "in order" : "NOT in order"}`);
    await consumer.leave();
    if (!ordered) process.exitCode = 1;
} finally {
    for (const client of clients) client.end(true);
    await cluster.stop();
    rmSync(folder, { recursive: true });
}
