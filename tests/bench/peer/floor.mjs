// What is left for a program to lose: the time that mosquitto itself needs, from a client that has all its messages
// ready as bytes and writes them at once, to the last of them at a subscriber.
import { connect } from "node:net";
import { startBroker } from "./sides.mjs";
import { packet, text, watch } from "./watch.mjs";

const ROUNDS = 41;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A retained QoS 1 PUBLISH, as long as the two programs' own. */
function publication(point, state) {
    const body = JSON.stringify({ name: `p${point}`, state, sensed: true, ts: new Date().toISOString(), clock: "trusted" });
    return packet(0x33, text(`hall/v1/bench/contact/p${point}`), Buffer.from([(point + 1) >> 8, (point + 1) & 255]), Buffer.from(body));
}

/** Median, in ms. */
export async function floor(points) {
    const broker = await startBroker();
    let heard = 0, told = () => {};
    const close = await watch(broker.port, "hall/v1/bench/contact/+", (topic, payload, at) => {
        if (++heard % points === 0) told(at);
    });
    const socket = connect({ port: broker.port, host: "127.0.0.1", noDelay: true });
    await new Promise((done) => socket.once("connect", done));
    socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 2, 0, 0]), text("floor")));
    await new Promise((done) => socket.once("data", done));
    socket.resume();
    const times = [];
    for (let round = 0; round < ROUNDS; ++round) {
        const all = Buffer.concat([...Array(points).keys()].map((p) => publication(p, round % 2 ? "open" : "closed")));
        const last = new Promise((done) => { told = done; });
        const begun = Number(process.hrtime.bigint()) / 1e6;
        socket.write(all);
        times.push(await last - begun);
        await wait(50);
    }
    socket.destroy();
    close();
    await broker.end();
    return times.sort((a, b) => a - b)[ROUNDS >> 1];
}
