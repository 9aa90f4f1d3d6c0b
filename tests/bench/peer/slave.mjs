// A Modbus TCP slave with discrete inputs only, in a process of its own: counts the reads and flips inputs
// when told to. As small as it can be, since what it costs is part of every time that is measured.
//
// How long a flip waits to be read is chance, and at a slow poll far more than anything that is to be compared. So a
// flip is told where between two reads it belongs, as a share of the time that passes between them.
import { createServer } from "node:net";

const points = Number(process.argv[2]);
const bits = new Uint8Array(points);
let reads = 0;
/** When the last reads came, and the flip that waits for the next. */
const times = [];
let waiting = null;

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
    times.push(now());
    if (times.length > 100) times.shift();
    return reply;
}

/** The median time between two reads. */
function pace() {
    const steps = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b);
    return steps[steps.length >> 1];
}

function flip({ id, flip: one, all }) {
    if (one !== undefined) bits[one] ^= 1;
    if (all) for (let i = 0; i < points; ++i) bits[i] ^= 1;
    process.send({ id, at: now(), reads, level: one === undefined ? bits[0] : bits[one] });
}

/** A timer of Node's is good to about a millisecond: the rest is spent looking at the clock, between other work. */
function at(time, work) {
    const left = time - now();
    if (left <= 0) work();
    else if (left > 2) setTimeout(at, left - 2, time, work);
    else setImmediate(at, time, work);
}

const server = createServer({ noDelay: true }, (socket) => {
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        while (rest.length >= 6 && rest.length >= 6 + rest.readUInt16BE(4)) {
            const size = 6 + rest.readUInt16BE(4);
            socket.write(answer(rest.subarray(0, size)));
            rest = rest.subarray(size);
            if (waiting === null) continue;
            const said = waiting;
            waiting = null;
            at(times.at(-1) + said.phase * pace(), () => flip(said));
        }
    });
    socket.on("error", () => socket.destroy());
});

/** Monotonic, and the same clock in all processes of the machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

process.on("message", (said) => {
    if (said.phase === undefined) flip(said);
    else waiting = said;
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
