// A platform's side: a broker as ThingsBoard or JetLinks has one, all that it is told, and Node-RED with the shipped
// adapter before it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";
import mqtt from "mqtt";
import { freePorts, until } from "../support.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const SHIPPED = join(ROOT, "config/node-red/platforms");
const LISTENER = "the-platform";

const schema = (name) => JSON.parse(readFileSync(new URL(`${name}.schema.json`, import.meta.url), "utf8"));
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
for (const name of ["thingsboard", "jetlinks"]) ajv.addSchema(schema(name));
const GATEWAY = "/hall-gateway/hall-gateway-1";
const CHILD = new RegExp(`^${GATEWAY}/child/[\\w-]+/(register|online|offline|properties/report|event/\\w+)$`);

/** What the platform's documents say against a message; null: nothing. */
export function faultOf(platform, { topic, text }) {
    const child = platform === "jetlinks" && CHILD.exec(topic);
    const name = child ? child[1].split("/")[0] : topic;
    const check = ajv.getSchema(`${platform}.schema.json#/$defs/${name.replaceAll("/", "~1")}`);
    if ((platform === "jetlinks" && !child) || !check) return `${topic} is no topic there`;
    return check(JSON.parse(text)) ? null : `${topic}${ajv.errorsText(check.errors)} in ${text}`;
}

export class Platform {
    static async start(name, users) {
        const platform = new Platform();
        platform.name = name;
        platform.folder = mkdtempSync(join(tmpdir(), `hall-${name}-`));
        platform.port = await freePorts();
        platform.told = [];
        platform.log = "";
        writeFileSync(join(platform.folder, "users"), users, { mode: 0o600 });
        writeFileSync(join(platform.folder, "conf"), [`listener ${platform.port} 127.0.0.1`, "log_dest stderr",
            "log_type all", `user ${userInfo().username}`, users ? `password_file ${platform.folder}/users` : "",
            `allow_anonymous ${users === ""}`].join("\n"));
        // The adapter comes through a gate, so that it finds the platform only once everything is heard there.
        platform.gate = createServer((socket) => platform.pass(socket));
        platform.open = false;
        await new Promise((done) => { platform.gate.listen(0, "127.0.0.1", done); });
        platform.address = `mqtt://127.0.0.1:${platform.gate.address().port}`;
        await platform.begin();
        return platform;
    }

    pass(socket) {
        socket.on("error", () => {});
        if (!this.open) return socket.destroy();
        const behind = dial(this.port, "127.0.0.1");
        for (const [a, b] of [[socket, behind], [behind, socket]]) {
            a.on("error", () => {});
            a.on("close", () => b.destroy());
            a.pipe(b);
        }
        return undefined;
    }

    async begin() {
        this.process = spawn("/usr/sbin/mosquitto", ["-c", join(this.folder, "conf")],
            { stdio: ["ignore", "ignore", "pipe"] });
        const from = this.log.length;
        this.process.stderr.on("data", (said) => { this.log += said; });
        await until("the platform's mosquitto runs", () => {
            assert.equal(this.process.exitCode, null, this.log);
            return this.log.includes(" running", from);
        });
        this.ear = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, {
            clientId: LISTENER, username: LISTENER, password: "heard", reconnectPeriod: 0,
        });
        this.ear.on("error", () => {});
        this.ear.on("message", (topic, payload) => this.told.push({ topic, text: String(payload), at: Date.now() }));
        await this.ear.subscribeAsync("#", { qos: 1 });
        this.open = true;
    }

    /** As a power failure does it. */
    async kill() {
        this.open = false;
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.kill("SIGKILL");
        await ended;
        await this.ear.endAsync(true);
    }

    async end() {
        this.gate.close();
        if (this.ear?.connected) await this.ear.endAsync(true);
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        if (this.process.exitCode === null && this.process.signalCode === null) {
            this.process.kill("SIGTERM");
            await ended;
        }
        rmSync(this.folder, { recursive: true });
    }

    /** Who subscribed to what here, beside the test. */
    subscribers() {
        const all = [...this.log.matchAll(/Received SUBSCRIBE from (\S+)/g)].map((m) => m[1]);
        assert.ok(all.includes(LISTENER), "the log tells who subscribes");
        return all.filter((id) => id !== LISTENER);
    }

    // --- what was told, whichever platform it is: device, time in ms, values
    facts(since = 0) {
        return this.told.slice(since).flatMap(({ topic, text }) => {
            const body = JSON.parse(text);
            if (this.name === "jetlinks") {
                const device = topic.split("/")[4], values = body.properties ?? body.data;
                return values ? [{ device, at: body.timestamp, values, event: topic.split("/event/")[1] }] : [];
            }
            if (!/telemetry|attributes/.test(topic)) return [];
            return Object.entries(body).flatMap(([device, list]) => [list].flat()
                .map((one) => ({ device, at: one.ts, values: one.values ?? one })));
        });
    }

    /** Every value of a key, with its time. */
    values(device, key, since = 0) {
        return this.facts(since).filter((f) => f.device === device && key in f.values)
            .map((f) => [f.at, f.values[key]]);
    }

    last(device, key, since = 0) {
        return this.values(device, key, since).at(-1)?.[1];
    }

    /** Which devices are there, as the platform knows it. */
    present(since = 0) {
        const there = new Set();
        for (const { topic, text } of this.told.slice(since)) {
            const device = this.name === "jetlinks" ? topic.split("/")[4] : JSON.parse(text).device;
            if (/\/(connect|online)$/.test(topic)) there.add(device);
            if (/\/(disconnect|offline)$/.test(topic)) there.delete(device);
        }
        return [...there].sort();
    }
}

/** Node-RED with the shipped adapter. */
export class Adapter {
    static async start(environment) {
        const adapter = Adapter.run(environment);
        await until("the adapter runs", () => {
            assert.equal(adapter.process.exitCode, null, adapter.log);
            return adapter.log.includes("Started flows");
        }).catch(async (error) => {
            await adapter.kill();
            throw error;
        });
        return adapter;
    }

    static run(environment) {
        const adapter = new Adapter();
        adapter.folder = mkdtempSync(join(tmpdir(), "hall-adapter-"));
        adapter.log = "";
        const program = join(ROOT, "tests/node-red/node_modules/node-red/red.js");
        const { HOME, PATH } = process.env;
        adapter.process = spawn(process.execPath, [program, "-u", adapter.folder, "-s", join(SHIPPED, "settings.js"),
            join(SHIPPED, "flow.json")], { env: { HOME, PATH, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
        for (const stream of [adapter.process.stdout, adapter.process.stderr])
            stream.on("data", (said) => { adapter.log += said; });
        adapter.ended = new Promise((resolve) => adapter.process.once("close", resolve));
        return adapter;
    }

    async kill(signal = "SIGKILL") {
        this.process.kill(signal);
        await this.ended;
        rmSync(this.folder, { recursive: true });
    }

    async end() {
        await this.kill("SIGTERM");
        const said = this.log.replace(/.*\[warn\] Using unencrypted credentials\n/, "");
        assert.doesNotMatch(said, /\[(error|warn|fatal)\]|^Error|    at /m);
    }
}
