// The whole house as its users see it: ./run, the panel's HTTP, the virtual hall's HTTP, the broker.
// What happened is judged by the plant's trace, never by what the daemon believed.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { faultsOf } from "./documents.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILD = process.env.HALL_BUILD_DIR ?? join(ROOT, "build/release");
export const CIRCUITS = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `pc${n}`);
/** A sanitizer makes the programs several times slower. */
export const SANITIZED = /^HALL_SANITIZE:STRING=./m.test(readFileSync(join(BUILD, "CMakeCache.txt"), "utf8"));
/** Longer than anything in the hall takes, also on a busy machine. */
const PATIENCE = SANITIZED ? 240_000 : 90_000;
/**
 * Limits of the demo that a busy machine would break, in s, and what the tests use instead. A test that is
 * about one of them asks for its own.
 */
const PATIENT = { confirm_window: 300, stop_timeout: 120, prove_within: 30, fresh_within: 10 };

/** The demo's hall with other times. */
function demoWith(times) {
    let text = readFileSync(join(ROOT, "config/demo.toml"), "utf8");
    const change = (from, to) => {
        assert.match(text, from);
        text = text.replace(from, to);
    };
    for (const [key, seconds] of Object.entries(times)) change(new RegExp(`^${key} = .*$`, "m"), `${key} = ${seconds}`);
    // The program that asks a PC to shut down waits for its answer as patiently.
    change(/"-m", "5"/g, '"-m", "25"');
    return text;
}

/** Waits until `probe` gives something true, and returns that; `seen` tells what there was instead. */
export async function until(what, probe, patience = PATIENCE, seen = () => "") {
    const deadline = Date.now() + patience;
    for (;;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() >= deadline) assert.fail(`waited ${patience / 1000} s in vain: ${what} ${await seen()}`);
        await pause(40);
    }
}

function taken(port) {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("connect", () => { socket.destroy(); resolve(true); });
        socket.on("error", () => resolve(false));
    });
}

/** Five free ports in a row, below the kernel's own range; test files run side by side. */
export async function freePorts() {
    for (let i = 0; i < 500; ++i) {
        const base = 20_000 + ((process.pid * 7 + i) % 1_200) * 10;
        const used = await Promise.all([0, 1, 2, 3, 4].map((n) => taken(base + n)));
        if (!used.includes(true)) return base;
    }
    throw new Error("no free ports");
}

const lives = (pid) => {
    try {
        return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
        return false;
    }
};

/** A program's end, as a person at a shell sees it. */
export function shell(program, args, options = {}) {
    return new Promise((resolve) => {
        const child = execFile(program, args, { timeout: PATIENCE, ...options }, (error, stdout, stderr) => {
            const code = error ? (typeof error.code === "number" ? error.code : -1) : 0;
            resolve({ code, stdout, stderr });
        });
        // A program may end without having read what it was given.
        child.stdin?.on("error", () => {});
        child.stdin?.end(options.input ?? "");
    });
}

export const hallctl = (...args) => shell(join(BUILD, "daemon/ctl/hallctl"), args);

export class House {
    /** A hall of its own, with patient times but for those in `times`. */
    static async start(times = {}) {
        return House.begin(demoWith({ ...PATIENT, ...times }));
    }

    /** The same with something else in its configuration. */
    static async startWith(change) {
        const text = demoWith(PATIENT);
        assert.notEqual(change(text), text);
        return House.begin(change(text));
    }

    /** The demo as ./run starts it for everybody. */
    static async startDemo() {
        return House.begin(null);
    }

    /** The demo; programs are looked for in `path` before anywhere else. */
    static async startDemoWith(path) {
        return House.begin(null, path);
    }

    static async begin(text, path) {
        const house = new House();
        house.path = path;
        house.heard = [];
        house.said = new Set();
        house.folder = mkdtempSync(join(tmpdir(), "hall-e2e-"));
        if (text) {
            house.wanted = join(house.folder, "wanted.toml");
            writeFileSync(house.wanted, text);
        }
        await house.launch();
        return house;
    }

    /** ./run on this house's folder; again after stop(), too. */
    async launch() {
        this.output = "";
        const environment = { ...process.env, HALL_STATE: this.folder, HALL_PORT_BASE: String(await freePorts()) };
        delete environment.HALL_CONFIG;
        if (this.wanted) environment.HALL_CONFIG = this.wanted;
        if (this.path) environment.PATH = `${this.path}:${environment.PATH}`;
        this.process = spawn(join(ROOT, "run"), { env: environment, stdio: ["ignore", "pipe", "pipe"] });
        for (const stream of [this.process.stdout, this.process.stderr])
            stream.on("data", (text) => { this.output += text; });
        let ended = false;
        this.process.once("close", () => { ended = true; });
        await until("./run is up", () => {
            assert.ok(!ended, `./run ended: ${this.output}`);
            // A run that was killed leaves its file; what counts is this one's.
            return existsSync(join(this.folder, "run.json")) && this.read().pid.run === this.process.pid;
        }, 5 * PATIENCE);
        // The demo as everybody has it is measured, too: nobody else listens then.
        if (this.wanted) this.ear = this.subscribe();
        await this.ready();
    }

    read() {
        const run = JSON.parse(readFileSync(join(this.folder, "run.json"), "utf8"));
        Object.assign(this, { run, panel: run.panel, sim: run.hallsim, staff: run.staff, pid: run.pid });
        this.port = new URL(run.mqtt.replace("mqtt:", "http:")).port;
        return run;
    }

    /** Ends it as Ctrl-C does; nothing may stay behind. */
    async stop() {
        const { pid } = this;
        await this.ear?.stop();
        this.heard = this.heard.concat(this.ear?.messages ?? []);
        this.ear = undefined;
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        if (this.process.exitCode === null) {
            this.process.kill("SIGTERM");
            await ended;
        }
        await until("all of it has ended", () => Object.values(pid).every((p) => !lives(p)));
        assert.ok(!existsSync(join(this.folder, "run.json")));
        return this.process.exitCode;
    }

    /** What a sanitizer said is a failure, and what docs/mqtt does not say of a message, whatever else went well. */
    async demolish() {
        const code = await this.stop();
        const said = ["halld", "hallsim"].map((name) => readFileSync(join(this.folder, `log/${name}.log`), "utf8"));
        rmSync(this.folder, { recursive: true });
        assert.equal(code, 0, this.output);
        for (const log of said) assert.doesNotMatch(log, /Sanitizer|runtime error/);
        const hall = this.heard.filter((m) => !this.said.has(`${m.topic} ${m.payload}`))
            .map((m) => ({ ...m, topic: `hall/v1/demo/${m.topic}` }));
        assert.deepEqual(faultsOf(hall), [], "what docs/mqtt does not say");
    }

    // --- the panel
    async state() {
        return (await fetch(`${this.panel}/api/state`)).json();
    }

    async post(action, body) {
        const reply = await fetch(`${this.panel}/api/${action}`, {
            method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
        });
        return { status: reply.status, body: await reply.json() };
    }

    async digest() {
        return (await this.state()).closing.plan.digest;
    }

    who(person) {
        const { staff, pin } = this.staff[person];
        return { staff, pin };
    }

    async confirm(person, more = {}) {
        return this.post("closing/confirm", { ...this.who(person), plan: await this.digest(), ...more });
    }

    /** Two persons authorise the plan as it stands. */
    async authorise(first = 0, second = 1, more = {}) {
        for (const person of [first, second]) {
            const reply = await this.confirm(person, more);
            assert.equal(reply.status, 200, JSON.stringify(reply.body));
        }
    }

    async phase() {
        return (await this.state()).closing.phase;
    }

    /** For a failure's text: where the hall stands, and how it came there. */
    async story() {
        const { closing, circuits, alarms } = await this.state();
        const records = (await this.records()).slice(-40).map((r) => `${r.wall} ${r.type} ${JSON.stringify(r.detail)}`);
        return [JSON.stringify({ closing, circuits, alarms, plant: await this.plant() }), ...records].join("\n");
    }

    reached(...phases) {
        return until(`phase ${phases.join(" or ")}`, async () => {
            const state = await this.state();
            return phases.includes(state.closing.phase) && state;
        }, PATIENCE, () => this.story());
    }

    async open(person = 2) {
        const reply = await this.post("opening/open", this.who(person));
        assert.equal(reply.status, 200, JSON.stringify(reply.body));
        await this.ready();
    }

    /** Open, all PCs running and seen to be so, all doors shut. */
    ready() {
        return until("an open hall with eight running PCs", async () => {
            const state = await this.state().catch(() => null);
            return state && state.closing.phase === "open"
                && Object.values(state.circuits).every((c) => c.actual === "on" && c.pc === "running")
                && Object.values(state.contacts).every((c) => c.state === "closed")
                && await this.booted() && state;
        });
    }

    alarm(state, code, subject) {
        return state.alarms.find((a) => a.code === code && (subject === undefined || a.subject === subject));
    }

    // --- the virtual hall
    async plant() {
        return (await fetch(`${this.sim}/state`)).json();
    }

    /** A PC that still boots hears no power button. */
    async booted() {
        const plant = await this.plant();
        return CIRCUITS.every((id) => ["running", "hang"].includes(plant[`pc.${id}`]));
    }

    async set(things) {
        const reply = await fetch(`${this.sim}/set`, { method: "POST", body: JSON.stringify(things) });
        assert.equal(reply.status, 200, await reply.text());
    }

    async trace() {
        return (await fetch(`${this.sim}/trace`)).json();
    }

    /** The number of the newest entry: what comes after it is what happened since. */
    async mark() {
        return (await this.trace()).at(-1)?.n ?? 0;
    }

    async cutsSince(mark) {
        return (await this.trace()).filter((e) => e.n > mark && /^contactor\./.test(e.thing) && e.value === "open")
            .map((e) => e.thing.slice("contactor.".length));
    }

    /** Nothing that switches a PC's supply, and nothing that a PC noticed. */
    async untouchedSince(mark) {
        const touched = (await this.trace()).filter((e) => e.n > mark && /^(contactor|pc)\./.test(e.thing));
        assert.deepEqual(touched, []);
    }

    // --- the daemon's life
    async killDaemon() {
        const before = this.pid.halld;
        process.kill(before, "SIGKILL");
        await until("halld was started again", () => {
            if (!existsSync(join(this.folder, "run.json"))) return false;
            return this.read().pid.halld !== before;
        });
    }

    /** Gives the daemon another configuration, as an operator does. */
    async reconfigure(change) {
        const starts = async () => (await this.records()).filter((r) => r.type === "hall.started").length;
        const before = await starts();
        const file = join(this.folder, "demo.toml");
        const text = readFileSync(file, "utf8");
        assert.notEqual(change(text), text);
        writeFileSync(file, change(text));
        const { code, stderr, stdout } = await hallctl("--state", this.folder, "reload");
        assert.equal(code, 0, stdout + stderr);
        await until("halld started with it", async () => await starts() > before);
        await this.ready();
    }

    /** The journal's records, oldest first. */
    async records() {
        const { code, stdout, stderr } = await hallctl("--state", this.folder, "audit", "show", "--from", "1", "--json");
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout);
    }

    // --- the broker
    subscribe(...options) {
        return new Subscriber(this.port, options);
    }

    publish(topic, message, ...options) {
        const payload = typeof message === "string" ? message : JSON.stringify(message);
        this.said.add(`${topic} ${payload}`);
        return shell("mosquitto_pub", ["-h", "127.0.0.1", "-p", this.port, "-q", "1", "-V", "5", "-t",
            `hall/v1/demo/${topic}`, "-m", payload, ...options]);
    }
}

/** mosquitto_sub on the hall's tree: everything that came, in order. */
export class Subscriber {
    constructor(port, options) {
        this.messages = [];
        let rest = "";
        this.process = spawn("mosquitto_sub", ["-h", "127.0.0.1", "-p", port, "-q", "1", "-t", "hall/v1/demo/#",
            "-F", "%r %t %p", ...options], { stdio: ["ignore", "pipe", "ignore"] });
        // Closed, not just ended: what it printed last has been read by then.
        this.ended = new Promise((resolve) => this.process.once("close", resolve));
        // A character's bytes may come in two pieces.
        this.process.stdout.setEncoding("utf8");
        this.process.stdout.on("data", (text) => {
            const lines = (rest + text).split("\n");
            rest = lines.pop();
            for (const line of lines) {
                const [, retained, topic, payload] = line.match(/^(\d) (\S+) ?(.*)$/);
                this.messages.push({ retained: retained === "1", topic: topic.slice("hall/v1/demo/".length), payload });
            }
        });
    }

    on(topic) {
        return this.messages.filter((m) => m.topic === topic).map((m) => JSON.parse(m.payload));
    }

    last(topic) {
        return this.on(topic).at(-1);
    }

    async stop() {
        this.process.kill("SIGTERM");
        await this.ended;
    }
}

/** No supply was cut before its PC was off, except where `forced` names it. Returns the cuts. */
export function judge(trace, mark, forced = []) {
    const pc = new Map();
    const cuts = [];
    for (const { n, thing, value } of trace) {
        const [kind, id] = thing.split(".");
        if (kind === "pc") {
            if (n > mark && !forced.includes(id))
                assert.ok(!/power_lost|hard_off/.test(value), `${thing} ${value} at entry ${n}`);
            if (["running", "booting", "stopping", "off", "hang"].includes(value)) pc.set(id, value);
        } else if (kind === "contactor" && value === "open" && n > mark) {
            if (!forced.includes(id)) assert.equal(pc.get(id), "off", `${thing} opened at entry ${n}`);
            cuts.push(id);
        }
    }
    return cuts.sort();
}

