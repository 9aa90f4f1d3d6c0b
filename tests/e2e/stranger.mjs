// Somebody at the broker who may say anything: any bytes, any MQTT 5 property, any rate. And hears everything.
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import mqtt from "mqtt";
import { until } from "./support.mjs";

export const TREE = "hall/v1/demo/";
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

/** A command as it should be, but for `more`; what is undefined there is left out. */
export const command = (more = {}) => ({ id: randomUUID(), issued: at(0), expires: at(60), args: {}, ...more });
/** The same with other times, in s from now. */
export const timed = (issued, expires) => command({ issued: at(issued), expires: at(expires) });

export class Stranger {
    /** Everything he hears after this; `house` learns what was said by him and so is not the hall's word. */
    static async at(house) {
        const stranger = new Stranger();
        Object.assign(stranger, { house, heard: [], asked: 0, name: randomUUID() });
        await stranger.arrive();
        return stranger;
    }

    async arrive() {
        this.client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.house.port}`,
            { protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 20_000 });
        this.client.on("error", () => {});
        this.client.on("message", (topic, payload, packet) =>
            this.heard.push({ topic, payload: payload.toString(), retained: packet.retain, ...packet.properties }));
        for (const tree of ["hall/#", "elsewhere/#", "homeassistant/#"])
            await this.client.subscribeAsync(tree, { qos: 1 });
    }

    /** @param topic under the hall's tree, unless it begins with a slash @param payload object, text or bytes */
    async say(topic, payload, { retain = false, qos = 1, ...properties } = {}) {
        const full = topic.startsWith("/") ? topic.slice(1) : TREE + topic;
        const bytes = Buffer.isBuffer(payload) ? payload
            : Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
        if (full.startsWith(TREE)) this.house.said.add(`${full.slice(TREE.length)} ${bytes.toString()}`);
        await this.client.publishAsync(full, bytes, { retain, qos, properties });
    }

    /** Says it with a place for the answer, and returns the answer: whatever it was, it has one there. */
    async ask(name, payload, options = {}) {
        const responseTopic = options.responseTopic ?? `elsewhere/${this.name}/${++this.asked}`;
        const correlationData = options.correlationData ?? Buffer.from(`ask ${this.asked}`);
        await this.say(`command/${name}`, payload, { ...options, responseTopic, correlationData });
        const reply = await until(`an answer to ${name}`, () => this.heard.find((m) => m.topic === responseTopic));
        return { ...JSON.parse(reply.payload), correlation: reply.correlationData };
    }

    /** One that he has to do as soon as the rate allows. */
    order(name, args) {
        return until(`${name} is taken`, async () => {
            const reply = await this.ask(name, command({ args }), {});
            return reply.code !== "rate_limited" && reply;
        });
    }

    on(topic) {
        return this.heard.filter((m) => m.topic === TREE + topic);
    }

    /** Everything the hall has sent on what it heard so far has come here. */
    async settled() {
        await this.ask("status.refresh", command());
    }

    leave() {
        return this.client.endAsync(true);
    }
}

/** One of the daemon's counters. */
export async function metric(house, name) {
    const text = await (await fetch(`${house.panel}/metrics`)).text();
    return Number(text.match(new RegExp(`^${name} (\\d+)$`, "m"))[1]);
}

/** The daemon listens to commands: that comes after its panel answers. */
export const listens = (house) => until("the daemon has its broker", async () =>
    await metric(house, "hall_broker_connected").catch(() => 0) === 1);

const field = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
function packet(kind, ...parts) {
    const body = Buffer.concat(parts);
    const length = [];
    for (let rest = body.length; length.length === 0 || rest > 0; rest >>= 7)
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
    return Buffer.concat([Buffer.from([kind, ...length]), body]);
}

/**
 * Messages of QoS 0 as fast as `perSecond` says, for `seconds`, by MQTT 3.1.1 on a bare socket: no client library is in
 * the way. `make(n)` gives topic and payload. Returns how many the broker was given, and in how many seconds.
 */
export async function flood(port, perSecond, seconds, make) {
    const socket = connect(port, "127.0.0.1");
    const failed = new Promise((_, reject) => socket.on("error", reject));
    failed.catch(() => {});
    const write = (bytes) => Promise.race([failed, new Promise((done) => { socket.write(bytes, done); })]);
    const connected = new Promise((done) => { socket.once("data", done); });
    await write(packet(0x10, field(Buffer.from("MQTT")), Buffer.from([4, 2, 0, 0]), field(Buffer.from(randomUUID()))));
    await Promise.race([failed, connected]);
    const begun = performance.now();
    let sent = 0;
    for (;;) {
        const passed = Math.min((performance.now() - begun) / 1000, seconds);
        const due = Math.floor(passed * perSecond) - sent;
        if (due > 0) {
            const batch = Array.from({ length: Math.min(due, 500) }, (_, i) => {
                const [topic, payload] = make(sent + i);
                return packet(0x30, field(Buffer.from(topic)), Buffer.from(payload));
            });
            await write(Buffer.concat(batch));
            sent += batch.length;
        } else if (passed >= seconds) {
            break;
        } else {
            await new Promise((done) => { setTimeout(done, 2); });
        }
    }
    await new Promise((done) => { socket.end(packet(0xe0), done); });
    return { sent, seconds: (performance.now() - begun) / 1000 };
}
