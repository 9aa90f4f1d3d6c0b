// A wire between halld and its broker that counts what goes over it, and fails on demand.
import { connect, createServer } from "node:net";
import { House } from "../../e2e/support.mjs";

/** What a PUBLISH is counted under: the topic without the hall's tree and without what it is about. */
function kindOf(topic) {
    const levels = topic.split("/");
    if (levels[0] !== "hall") return levels[0];
    return ["journal", "event", "status", "closing", "lightbox", "attendance"].includes(levels[3]) ? levels.slice(3).join("/")
        : `${levels[3]}/<id>`;
}

export class Wire {
    static async to(port) {
        const wire = new Wire();
        Object.assign(wire, { broker: port, pairs: new Set(), refusing: false, stalled: false, crawling: false });
        wire.reset();
        wire.server = createServer((client) => wire.take(client));
        await new Promise((up) => wire.server.listen(0, "127.0.0.1", up));
        wire.port = wire.server.address().port;
        return wire;
    }

    reset() {
        this.up = 0;  // bytes, of which some are no messages
        this.down = 0;
        this.messages = new Map();  // kind: { count, bytes } of whole PUBLISH packets
    }

    take(client) {
        if (this.refusing) return client.destroy();
        const server = connect(this.broker, "127.0.0.1");
        const pair = { client, server };
        this.pairs.add(pair);
        const end = () => {
            client.destroy();
            server.destroy();
            this.pairs.delete(pair);
        };
        for (const side of [client, server]) {
            side.setNoDelay(true);
            side.on("error", end).on("close", end);
            if (this.stalled) side.pause();
        }
        let rest = Buffer.alloc(0);
        client.on("data", (bytes) => {
            this.up += bytes.length;
            rest = this.count(Buffer.concat([rest, bytes]));
            this.pass(bytes, server);
        });
        server.on("data", (bytes) => {
            this.down += bytes.length;
            this.pass(bytes, client);
        });
    }

    pass(bytes, to) {
        if (this.crawling) setTimeout(() => to.writable && to.write(bytes), 100);
        else if (to.writable) to.write(bytes);
    }

    /** Takes whole packets off (MQTT 5, 2.1); returns what is left. */
    count(bytes) {
        for (;;) {
            let length = 0, at = 1, shift = 0;
            for (;; ++at, shift += 7) {
                if (at >= bytes.length) return bytes;
                length |= (bytes[at] & 0x7f) << shift;
                if (bytes[at] < 0x80) break;
            }
            const end = at + 1 + length;
            if (bytes.length < end) return bytes;
            if (bytes[0] >> 4 === 3) {
                const name = bytes.readUInt16BE(at + 1);
                const kind = kindOf(bytes.toString("utf8", at + 3, at + 3 + name));
                const sum = this.messages.get(kind) ?? { count: 0, bytes: 0 };
                sum.count += 1;
                sum.bytes += end;
                this.messages.set(kind, sum);
            }
            bytes = bytes.subarray(end);
        }
    }

    stall(on) {
        this.stalled = on;
        for (const { client, server } of this.pairs) for (const side of [client, server]) on ? side.pause() : side.resume();
    }

    cut() {
        for (const { client } of this.pairs) client.destroy();
    }

    async close() {
        this.cut();
        await new Promise((closed) => this.server.close(closed));
    }
}

/** A demo hall whose halld speaks to its broker over a wire of ours. */
export async function wiredHouse(change = (text) => text) {
    const house = await House.start();
    const wire = await Wire.to(Number(house.port));
    await house.reconfigure((text) => change(text.replace(/^url = "mqtt:.*$/m, `url = "mqtt://127.0.0.1:${wire.port}"`)));
    return { house, wire };
}
