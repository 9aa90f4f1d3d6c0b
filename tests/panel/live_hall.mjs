// A real hall for the browser: the one that HALL_RUN_JSON names, or one that ./run starts here, in a
// folder and on ports of its own.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PORTS = 5;
/** ./run may have to build everything first. */
const START_MS = 30 * 60_000;
const STOP_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Polls until `look` gives something, and says what it waited for when it never does. */
export async function until(what, look, limitMs = 30_000) {
    const deadline = Date.now() + limitMs;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s for ${what}`);
        await pause(LOOK_EVERY_MS);
    }
}

const free = (port) => new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(0));
    server.listen(port, "127.0.0.1", () => {
        const got = server.address().port;
        server.close(() => resolve(got));
    });
});

/** The first of five free ports in a row. */
const portBase = () => until("free ports", async () => {
    const base = await free(0);
    if (base + PORTS > 65535) return 0;
    for (let i = 1; i < PORTS; ++i) if (await free(base + i) === 0) return 0;
    return base;
});

class Hall {
    constructor({ panel, hallsim, staff, pid }) {
        Object.assign(this, { panel, hallsim, staff, pid });
    }

    /** What the plant says of itself. */
    async plant() {
        return (await fetch(`${this.hallsim}/state`)).json();
    }

    async set(things) {
        const answer = await fetch(`${this.hallsim}/set`, {
            method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(things),
        });
        if (!answer.ok) throw new Error(`hallsim refused ${JSON.stringify(things)}: ${answer.status}`);
    }

    async state() {
        return (await fetch(`${this.panel}/api/state`)).json();
    }

    async stop() {}
}

class OwnHall extends Hall {
    constructor(run, child, folder) {
        super(run);
        this.child = child;
        this.folder = folder;
    }

    async stop() {
        this.child.kill("SIGINT");
        await until("./run to end", () => this.child.exitCode !== null || this.child.signalCode !== null, STOP_MS);
        await rm(this.folder, { recursive: true, force: true });
        if (this.child.exitCode !== 0) throw new Error(`./run ended with ${this.child.exitCode}`);
    }
}

async function startOwn() {
    const folder = await mkdtemp(join(tmpdir(), "hall-live-"));
    const base = await portBase();
    const child = spawn(join(ROOT, "run"), [], {
        cwd: ROOT, stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, HALL_STATE: folder, HALL_PORT_BASE: String(base) },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
        stream.on("data", (text) => { said = (said + text).slice(-4000); });
    try {
        const run = await until("./run to be ready", async () => {
            if (child.exitCode !== null) throw new Error(`./run ended with ${child.exitCode}:\n${said}`);
            return readFile(join(folder, "run.json"), "utf8").then(JSON.parse).catch(() => null);
        }, START_MS);
        return new OwnHall(run, child, folder);
    } catch (error) {
        child.kill("SIGINT");
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
}

export async function liveHall() {
    const given = process.env.HALL_RUN_JSON;
    return given ? new Hall(JSON.parse(await readFile(given, "utf8"))) : startOwn();
}
