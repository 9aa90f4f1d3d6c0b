// What a fleet's programs share: waiting, running, measuring.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Waits until `probe` gives something true, and returns that. One that throws is asked again; its last error is told. */
export async function until(what, probe, patience = 90_000) {
    const deadline = Date.now() + patience;
    for (let last = ""; ; await pause(50)) {
        try {
            const found = await probe();
            if (found) return found;
        } catch (error) {
            last = error.message;
        }
        if (Date.now() >= deadline) throw new Error(`waited ${patience / 1000} s in vain: ${what} ${last}`);
    }
}

/** A program's output. */
export function run(program, args = [], options = {}) {
    return new Promise((resolve, reject) => {
        const child = execFile(program, args, { maxBuffer: 1 << 28, timeout: 300_000, ...options }, (error, stdout, stderr) => {
            if (!error) return resolve(stdout);
            const why = new Error(`${program} ${args.join(" ")}: ${stderr || error.message}`);
            return reject(Object.assign(why, { code: error.code }));
        });
        child.stdin?.on("error", () => {});
        child.stdin?.end(options.input ?? "");
    });
}

const given = new Set();
/** A port that nobody has now, below the kernel's own range, and never the same one twice. */
export async function freePort() {
    for (let i = 0; i < 20_000; ++i) {
        const port = 12_000 + (process.pid * 37 + given.size + i) % 20_000;
        if (given.has(port)) continue;
        given.add(port);
        const free = await new Promise((resolve) => {
            const server = createServer().once("error", () => resolve(false));
            server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
        });
        if (free) return port;
    }
    throw new Error("no free port");
}

/** What a process has used so far: CPU in s, memory in MB. */
export function used(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    const [, rss] = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/);
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: Number(rss) / 1024 };
}
