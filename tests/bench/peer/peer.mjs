// The peer: polls discrete inputs and publishes each change, with the two libraries that most such bridges in
// Node are made of. It promises what halld's contacts promise: retained, QoS 1, one topic a point.
//   node peer.mjs '{"modbus": port, "mqtt": port, "points": n, "poll_ms": n, "root": topic}'
import ModbusRTU from "modbus-serial";
import mqtt from "mqtt";

const { modbus, mqtt: broker, points, poll_ms, root } = JSON.parse(process.argv[2]);

const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker}`, { protocolVersion: 5, clean: true });
const slave = new ModbusRTU();
await slave.connectTCP("127.0.0.1", { port: modbus });
slave.setID(1);
slave.setTimeout(300);

const before = new Array(points).fill(undefined);
function publish(point, closed) {
    const body = { name: `p${point}`, state: closed ? "closed" : "open", sensed: true, ts: new Date().toISOString(), clock: "trusted" };
    client.publish(`${root}/contact/p${point}`, JSON.stringify(body), { qos: 1, retain: true });
}

let due = performance.now();
async function poll() {
    const { data } = await slave.readDiscreteInputs(0, points);
    for (let i = 0; i < points; ++i) {
        if (before[i] === data[i]) continue;
        before[i] = data[i];
        publish(i, data[i]);
    }
    due = Math.max(due + poll_ms, performance.now());
    const wait = due - performance.now();
    if (wait > 0.5) setTimeout(poll, wait);
    else setImmediate(poll);
}
poll();
