// A Modbus TCP slave with discrete inputs only, in a process of its own: counts the reads and flips inputs
// when told to. As small as it can be, since what it costs is part of every time that is measured.
import { createServer } from "node:net";

const points = Number(process.argv[2]);
const bits = new Uint8Array(points);
let reads = 0;

/** One answer to a read of discrete inputs, or the exception "illegal address". */
function answer(frame) {
    const address = frame.readUInt16BE(8), count = frame.readUInt16BE(10);
    const sound = frame[7] === 2 && address + count <= points;
    const bytes = sound ? Math.ceil(count / 8) : 0;
    const reply = Buffer.alloc(sound ? 9 + bytes : 9);
    frame.copy(reply, 0, 0, 8);
    reply.writeUInt16BE(reply.length - 6, 4);
    if (!sound) {
        reply[7] |= 0x80;
        reply[8] = 2;
        return reply;
    }
    reply[8] = bytes;
    for (let i = 0; i < count; ++i) reply[9 + (i >> 3)] |= bits[address + i] << (i & 7);
    ++reads;
    return reply;
}

const server = createServer({ noDelay: true }, (socket) => {
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        while (rest.length >= 6 && rest.length >= 6 + rest.readUInt16BE(4)) {
            const size = 6 + rest.readUInt16BE(4);
            socket.write(answer(rest.subarray(0, size)));
            rest = rest.subarray(size);
        }
    });
    socket.on("error", () => socket.destroy());
});

/** Monotonic, and the same clock in all processes of the machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

process.on("message", ({ id, flip, all }) => {
    if (flip !== undefined) bits[flip] ^= 1;
    if (all) for (let i = 0; i < points; ++i) bits[i] ^= 1;
    process.send({ id, at: now(), reads, level: flip === undefined ? bits[0] : bits[flip] });
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
