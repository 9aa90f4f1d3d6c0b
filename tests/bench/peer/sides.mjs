// The two programs that are compared, and what both of them need: a slave, a broker, a folder.
import { fork, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "../../..");
const BUILD = process.env.HALL_BUILD_DIR ?? join(ROOT, "build/release");

const freePort = () => new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address();
        server.close(() => done(port));
    });
});
const firstMessage = (child) => new Promise((done) => child.once("message", done));
const ended = (child) => new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once("exit", done);
});

/** A mosquitto of its own. It lets a client have as much under way as it likes: with mosquitto's own limit of 20 its
 *  answers are waited for 25 times while 512 messages are sent. `end()` ends it. */
export async function startBroker() {
    const folder = mkdtempSync(join(tmpdir(), "hall-bench-"));
    const port = await freePort();
    const config = join(folder, "mosquitto.conf");
    writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n`
        + "max_inflight_messages 1000\nlog_dest stderr\nlog_type information\n");
    const child = spawn("/usr/sbin/mosquitto", ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    await new Promise((done, fail) => {
        child.stderr.on("data", (said) => String(said).includes(" running") && done());
        child.once("exit", () => fail(new Error("mosquitto does not start")));
    });
    return {
        port,
        async end() {
            child.kill("SIGTERM");
            await ended(child);
            rmSync(folder, { recursive: true });
        },
    };
}

/** Two ranges of one table, which one request reads: a range has at most 256 channels. */
function writeBoard(folder, points) {
    mkdirSync(join(folder, "devices"));
    const range = (name, address, count) => `[[range]]\nname = "${name}"\ntable = "discrete"\naddress = ${address}\n`
        + `count = ${count}\nfirst = 0\n\n`;
    let text = 'title = "Bench board"\nsource = "tests/bench/peer/slave.mjs"\nverified = "documentation"\n\n';
    text += range("a", 0, Math.min(points, 256));
    if (points > 256) text += range("b", 256, points - 256);
    writeFileSync(join(folder, "devices/bench.toml"), text);
}

function writeHall(folder, { points, poll_ms, modbus, mqtt, panel }) {
    writeBoard(folder, points);
    let text = `[hall]\nid = "bench"\ntimezone = "Asia/Shanghai"\nlatitude = 35\nlongitude = 117\nclock = "hardware"\n\n`
        + `[hours]\nmon = ["08:30", "17:30"]\n\n[panel]\nlisten = "127.0.0.1:${panel}"\n\n`
        + `[mqtt]\nurl = "mqtt://127.0.0.1:${mqtt}"\n\n[[bus]]\nid = "bus"\ntype = "modbus-tcp"\nhost = "127.0.0.1"\n`
        + `port = ${modbus}\nscan_interval = ${poll_ms / 1000}\n\n[[device]]\nid = "board"\nbus = "bus"\ntemplate = "bench"\n\n`;
    for (let i = 0; i < points; ++i)
        text += `[[contact]]\nid = "p${i}"\ninput = "board.${i < 256 ? `a${i}` : `b${i - 256}`}"\n\n`;
    const file = join(folder, "hall.toml");
    writeFileSync(file, text);
    return file;
}

const STARTS = {
    halld: async (folder, size, ports) => {
        const panel = await freePort();
        const config = writeHall(folder, { ...size, ...ports, panel });
        return spawn(join(BUILD, "daemon/shell/halld"), ["--config", config, "--state", join(folder, "state")],
            { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, HALL_DEVICES: join(folder, "devices") } });
    },
    peer: async (folder, size, ports) => spawn(process.execPath,
        [join(HERE, "peer.mjs"), JSON.stringify({ ...size, ...ports, root: "hall/v1/bench" })],
        { stdio: ["ignore", "ignore", "pipe"] }),
};

/** One program at one size, with a slave and a broker of its own. `end()` ends all of them. */
export async function stage(name, size) {
    const folder = mkdtempSync(join(tmpdir(), "hall-bench-"));
    const slave = fork(join(HERE, "slave.mjs"), [String(size.points)]);
    const { port: modbus } = await firstMessage(slave);
    const broker = await startBroker();
    let last = 0;
    const asked = new Map();
    slave.on("message", (said) => {
        asked.get(said.id)?.(said);
        asked.delete(said.id);
    });
    let program, complaint = "";
    return {
        mqtt: broker.port,
        async start() {
            program = await STARTS[name](folder, size, { modbus, mqtt: broker.port });
            program.stderr.on("data", (said) => { complaint = (complaint + said).slice(-4000); });
            return program.pid;
        },
        complaint: () => complaint,
        /** Tells the slave something; resolves to its clock, its reads so far, and the level of what was flipped. */
        slave: (what) => new Promise((done) => {
            asked.set(++last, done);
            slave.send({ id: last, ...what });
        }),
        async end() {
            const stop = async (child) => {
                child?.kill("SIGTERM");
                if (child !== undefined) await ended(child);
            };
            await stop(program);
            await broker.end();
            await stop(slave);
            rmSync(folder, { recursive: true });
        },
    };
}
