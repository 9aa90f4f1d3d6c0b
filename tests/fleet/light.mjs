// Halls that are nothing but their contract: status with a last will, retained topics, and a chain of records of which the
// next goes out when the one before is acknowledged. A process of its own, told what to do by its parent's messages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mqtt from "mqtt";
import { recordAfter } from "./judge.mjs";

const { certs, ports, ids, records, over, qos } = JSON.parse(process.argv[2]);
const read = (file) => readFileSync(join(certs, file));
const halls = [];

class LightHall {
    constructor(id, n) {
        const root = `hall/v1/${id}/`;
        const status = (state) => JSON.stringify({ ts: new Date().toISOString(), clock: "trusted", state });
        Object.assign(this, { id, root, status, journal: [], acknowledged: 0, waits: 0 });
        const servers = ports.map((_, i) => ({ host: "localhost", port: ports[(n + i) % ports.length], protocol: "mqtts" }));
        this.client = mqtt.connect({
            servers, protocol: "mqtts", protocolVersion: 4, clientId: `light-${id}`, ca: read("ca.crt"), cert: read(`${id}.crt`),
            key: read(`${id}.key`), connectTimeout: 60_000, reconnectPeriod: 500 + Math.floor(Math.random() * 1500),
            will: { topic: `${root}status`, payload: status("offline"), qos: 1, retain: true },
        });
        this.client.on("error", () => {});
        this.client.on("connect", () => this.tell("status", status("online"), true));
    }

    tell(topic, payload, retain = false) {
        return this.client.publishAsync(this.root + topic, payload, { qos: 1, retain }).catch(() => {});
    }

    async arrive() {
        const connected = new Promise((resolve) => this.client.once("connect", resolve));
        await connected;
        // A node that chooses a leader refuses for a while.
        for (let i = 0; i < 100; ++i) {
            const topics = [`${this.root}command/+`, `${this.root}alarm/+`];
            try {
                await this.client.subscribeAsync(topics, { qos });
                break;
            } catch {
                await pause(500);
            }
        }
        await Promise.all(["circuit/pc1", "circuit/pc2", "window/1", "lightbox", "contact/door"].map((t) =>
            this.tell(t, JSON.stringify({ ts: new Date().toISOString(), clock: "trusted", target: "on", actual: "on" }), true)));
    }

    /** Its closing: so many records over so many ms. */
    async close() {
        for (let i = 0; i < records; ++i) {
            await pause(over / records * (0.5 + Math.random()));
            const record = recordAfter(this.journal.at(-1), crypto.randomUUID(), "light.record");
            this.journal.push(record);
            const from = Date.now();
            const payload = { ts: new Date().toISOString(), clock: "trusted", actors: ["1001", "1002"], outcome: "done",
                rule: "R10", detail: { filler: "x".repeat(200) }, ...record };
            await this.client.publishAsync(`${this.root}event`, JSON.stringify(payload), { qos: 1 });
            this.acknowledged = record.seq;
            this.waits = Math.max(this.waits, Date.now() - from);
        }
    }
}

process.on("disconnect", () => process.exit(0));
process.on("message", async (what) => {
    if (what === "arrive") {
        let next = 0;
        const some = async () => {
            while (next < ids.length) {
                const hall = new LightHall(ids[next], next++);
                halls.push(hall);
                await hall.arrive();
            }
        };
        await Promise.all(Array.from({ length: 16 }, some));
        process.send({ arrived: halls.length });
    } else if (what === "close") {
        await Promise.all(halls.map((h) => h.close()));
        process.send({ closed: halls.map(({ id, journal, acknowledged, waits }) => ({ id, journal, acknowledged, waits })) });
    } else if (what === "state") {
        process.send({ connected: halls.filter((h) => h.client.connected).length });
    }
});
