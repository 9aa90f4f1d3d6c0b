// An MQTT subscriber that does nothing but tell when which topic came: MQTT 3.1.1 at QoS 0, by hand, since a
// client library would cost more time than what is measured.
import { connect } from "node:net";

export const text = (s) => Buffer.concat([Buffer.from([s.length >> 8, s.length & 255]), Buffer.from(s)]);
export const packet = (type, ...parts) => {
    const body = Buffer.concat(parts);
    const size = body.length < 128 ? [body.length] : [body.length & 127 | 128, body.length >> 7];
    return Buffer.concat([Buffer.from([type, ...size]), body]);
};

/** `heard(topic, payload, at)`: `at` in ms of the monotonic clock, when its bytes came. Resolves once subscribed. */
export function watch(port, filter, heard) {
    return new Promise((done, fail) => {
        const socket = connect({ port, host: "127.0.0.1", noDelay: true });
        let rest = Buffer.alloc(0);
        socket.on("error", fail);
        socket.on("connect", () => {
            socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 2, 0, 0]), text("watch")));
            socket.write(packet(0x82, Buffer.from([0, 1]), text(filter), Buffer.from([0])));
        });
        socket.on("data", (chunk) => {
            const at = Number(process.hrtime.bigint()) / 1e6;
            rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
            for (;;) {
                let size = 0, shift = 0, i = 1;
                do {
                    if (i >= rest.length) return;
                    size |= (rest[i] & 127) << shift;
                    shift += 7;
                } while (rest[i++] & 128);
                if (rest.length < i + size) return;
                const type = rest[0] >> 4;
                if (type === 9) done(() => socket.destroy());
                if (type === 3) {
                    const length = rest.readUInt16BE(i);
                    heard(rest.toString("utf8", i + 2, i + 2 + length), rest.subarray(i + 2 + length, i + size), at);
                }
                rest = rest.subarray(i + size);
            }
        });
    });
}
