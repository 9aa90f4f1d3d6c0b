// Three nodes of NATS with the shipped files (config/broker/nats) and certificates, on loopback and in a folder of its own;
// only places and ports are other ones.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { connect as secure } from "node:tls";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import { freePort, run, until, used } from "./support.mjs";

const BROKER = fileURLToPath(new URL("../../config/broker/", import.meta.url));

/** Replaces text that must be there: a shipped file that changes must not silently stop being tested. */
function change(text, pairs) {
    for (const [from, to] of pairs) {
        if (!text.includes(from)) throw new Error(`the shipped configuration no longer says ${from}`);
        text = text.replaceAll(from, to);
    }
    return text;
}

export class Cluster {
    constructor(folder) {
        Object.assign(this, { folder, certs: join(folder, "certs"), nodes: [] });
    }

    /** `ids`: whose certificates to make. */
    async start(ids, size = 3) {
        this.program = (await run(fileURLToPath(new URL("nats", import.meta.url)))).trim();
        await this.certify("authority");
        this.nodes = await Promise.all(Array.from({ length: size }, async (_, i) => ({
            name: `broker${i + 1}`, folder: join(this.folder, `broker${i + 1}`),
            port: { client: await freePort(), http: await freePort(), mqtt: await freePort(), route: await freePort() },
        })));
        for (const { name } of this.nodes) await this.certify("node", name, "localhost");
        for (const id of ids) await this.certify("client", id);
        await this.grant();
        for (const node of this.nodes) this.configure(node);
        for (const node of this.nodes) this.launch(node);
        await this.ready();
    }

    certify(...args) {
        return run(join(BROKER, "certificates"), [this.certs, ...args]);
    }

    /** The rights of those who have a certificate; running nodes take them up with reload(). */
    async grant() {
        this.rights = await run(join(BROKER, "nats/rights"), [this.certs]);
        for (const node of this.nodes) {
            mkdirSync(node.folder, { recursive: true });
            writeFileSync(join(node.folder, "rights.conf"), this.rights);
        }
    }

    configure(node) {
        const read = (file) => readFileSync(join(BROKER, "nats", file), "utf8");
        const names = this.nodes.slice(0, 3).map((n) =>
            [`nats-route://${n.name}.example.org:6222`, `nats-route://localhost:${n.port.route}`]);
        writeFileSync(join(node.folder, "node.conf"), change(read("node.conf"), [...names,
            ["NAME: broker1", `NAME: ${node.name}`],
            ["broker1.example.org:6222", `localhost:${node.port.route}`],
            ["/etc/nats/broker1", join(this.certs, node.name)]]));
        writeFileSync(join(node.folder, "nats-server.conf"), change(read("nats-server.conf"), [
            ["/etc/nats/ca.crt", join(this.certs, "ca.crt")], ["/var/lib/nats", join(node.folder, "data")],
            ["127.0.0.1:4222", `127.0.0.1:${node.port.client}`], ["127.0.0.1:8222", `127.0.0.1:${node.port.http}`],
            ["0.0.0.0:8883", `127.0.0.1:${node.port.mqtt}`]]));
    }

    launch(node) {
        if (this.ended) throw new Error("the cluster has been stopped");
        node.log = join(node.folder, "log");
        const log = openSync(node.log, "a");
        node.process = spawn(this.program, ["-c", join(node.folder, "nats-server.conf")], { stdio: ["ignore", log, log] });
        closeSync(log);
    }

    alive() {
        return this.nodes.filter((n) => n.process && n.process.exitCode === null && n.process.signalCode === null);
    }

    /** Every node that lives has its place in the cluster. */
    async ready() {
        for (const node of this.alive()) {
            await until(`${node.name} is healthy`, async () => {
                if (node.process.exitCode !== null) throw new Error(readFileSync(node.log, "utf8").slice(-2000));
                return (await fetch(`http://127.0.0.1:${node.port.http}/healthz`)).ok;
            }, 60_000);
        }
    }

    async kill(node) {
        const ended = new Promise((resolve) => node.process.once("exit", resolve));
        node.process.kill("SIGKILL");
        await ended;
    }

    async reload() {
        for (const node of this.alive()) {
            const before = readFileSync(node.log, "utf8").split("Reloaded").length;
            node.process.kill("SIGHUP");
            await until("a reload", () => readFileSync(node.log, "utf8").split("Reloaded").length > before);
        }
    }

    /** What each living node has used so far: CPU in s, memory in MB. */
    usage() {
        return this.alive().map((n) => used(n.process.pid));
    }

    /** As whom one comes, for npm's mqtt. */
    as(id, more = {}) {
        const read = (file) => readFileSync(join(this.certs, file));
        return { ca: read("ca.crt"), cert: read(`${id}.crt`), key: read(`${id}.key`), clientId: id, protocol: "mqtts",
            protocolVersion: 4,
            rejectUnauthorized: true, connectTimeout: 20_000, reconnectPeriod: 500, ...more };
    }

    /** A client that goes on to the next node when one is gone. */
    client(id, more = {}, first = 0) {
        const all = this.nodes.map((n) => ({ host: "localhost", port: n.port.mqtt, protocol: "mqtts" }));
        return mqtt.connect({ ...this.as(id, more), servers: [...all.slice(first), ...all.slice(0, first)] });
    }

    /** halld's [mqtt] for this cluster. */
    section(id) {
        const urls = this.nodes.map((n) => `"mqtts://localhost:${n.port.mqtt}"`).join(", ");
        return [`url = [${urls}]`, 'version = "3.1.1"', "subscribe_qos = 0", `ca_file = "${join(this.certs, "ca.crt")}"`,
            `certificate_file = "${join(this.certs, `${id}.crt`)}"`, `key_file = "${join(this.certs, `${id}.key`)}"`].join("\n");
    }

    async stop() {
        this.ended = true;
        await Promise.all(this.alive().map((node) => this.kill(node)));
    }
}

/** Knocks at the door for nodes: "taken" when it is answered, "refused" when it is not let in. */
export function visit(port, cert, key, ca) {
    return new Promise((resolve) => {
        let said = "";
        const line = secure({ port, host: "127.0.0.1", cert, key, ca, servername: "localhost", timeout: 15_000 });
        const end = (how) => { resolve(how); line.destroy(); };
        line.on("secureConnect", () => line.write('CONNECT {"cluster":"halls","tls_required":true,"name":"guest"}\r\nPING\r\n'));
        line.on("data", (bytes) => {
            said += bytes;
            if (said.includes("PONG")) end("taken");
            if (said.includes("Authorization Violation")) end("refused");
        });
        line.on("timeout", () => end("no answer")).on("error", (e) => end(e.message));
        line.on("close", () => end(`hung up: ${said.slice(-200)}`));
    });
}
