// A Debian of its own under systemd as PID 1, with no network but loopback; its root file system is
// only read, what it writes is gone afterwards.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE = 120_000;

/**
 * Why no guest can be had on this machine, or no package of this build; null when both can.
 * @param {string | null} build a build folder; null where there are packages already
 */
export function obstacle(build) {
    if (build && /^HALL_SANITIZE:STRING=./m.test(readFileSync(join(build, "CMakeCache.txt"), "utf8"))) {
        return "a sanitizer's build makes no package, and there is no build/release";
    }
    if (process.getuid() !== 0) return "needs root, for a machine of its own";
    for (const program of ["mmdebstrap", "systemd-nspawn", "nsenter", "setpriv", "dpkg-shlibdeps"]) {
        try {
            execFileSync("sh", ["-c", `command -v ${program}`]);
        } catch {
            return `${program} is not installed`;
        }
    }
    return null;
}

function run(program, args, options = {}) {
    return new Promise((resolve) => {
        const child = execFile(program, args, { timeout: PATIENCE, maxBuffer: 1 << 26, ...options },
            (error, stdout, stderr) => {
                const code = error ? (typeof error.code === "number" ? error.code : -1) : 0;
                resolve({ code, stdout, stderr, all: stdout + stderr });
            });
        child.stdin.on("error", () => {});
        child.stdin.end(options.input ?? "");
    });
}

export const host = run;

/** The mounted trees of control groups that systemd uses. */
function hierarchies() {
    return readFileSync("/proc/mounts", "utf8").split("\n").map((line) => line.split(" "))
        .filter(([, , type, options]) => type === "cgroup2" || (type === "cgroup" && /\bname=systemd\b/.test(options)))
        .map(([, where]) => where);
}

/** A control group is a folder that goes when those in it have gone. */
function removeGroup(group) {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
        if (entry.isDirectory()) removeGroup(join(group, entry.name));
    }
    rmdirSync(group);
}

/** Waits until `probe` gives something true, and returns that; `seen` tells what there was instead. */
export async function until(what, probe, seen = () => "", patience = PATIENCE) {
    const deadline = Date.now() + patience;
    for (;;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() >= deadline) assert.fail(`waited ${patience / 1000} s in vain: ${what} ${await seen()}`);
        await pause(100);
    }
}

export class Guest {
    /** @param {string} root its root file system  @param {Record<string, string>} folders shown read-only: inside -> outside */
    static async boot(root, folders) {
        const guest = new Guest();
        guest.name = `hall-package-${process.pid}`;
        guest.output = "";
        const binds = Object.entries(folders).map(([inside, outside]) => `--bind-ro=${outside}:${inside}`);
        // Where systemd doesn't rule this machine too, the guest gets control groups of its own by hand.
        guest.groups = existsSync("/run/systemd/system") ? [] : hierarchies().map((top) => join(top, guest.name));
        for (const group of guest.groups) mkdirSync(group);
        guest.nspawn = spawn("sh", ["-c", 'for group; do [ "$group" != -- ] || break; echo $$ >"$group/cgroup.procs"; shift; done; shift; exec "$@"',
            "sh", ...guest.groups, "--",
            // A story that is killed takes its guest with it.
            "setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--quiet", "--directory", root, "--volatile=overlay", "--private-network",
            "--machine", guest.name, "--register=no", ...(guest.groups.length > 0 ? ["--keep-unit"] : []),
            "--console=pipe", ...binds, "--boot"], {
            stdio: ["ignore", "pipe", "pipe"],
            // What a systemd of any age takes for its control groups.
            env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" },
        });
        for (const stream of [guest.nspawn.stdout, guest.nspawn.stderr]) {
            stream.on("data", (data) => { guest.output += data; });
        }
        guest.ended = new Promise((resolve) => guest.nspawn.on("exit", resolve));
        await until("the guest is up", async () => {
            assert.equal(guest.nspawn.exitCode, null, `the guest ended: ${guest.output}`);
            guest.leader ??= guest.firstProcess();
            if (!guest.leader) return false;
            const state = (await guest.run("systemctl is-system-running")).stdout.trim();
            return state === "running" || state === "degraded";
        }, async () => guest.output.slice(-2000) + (guest.leader ? (await guest.run("systemctl list-jobs; systemctl --failed")).all : ""));
        return guest;
    }

    /** PID 1 of the guest, as this machine numbers it. */
    firstProcess() {
        for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
            try {
                const status = readFileSync(`/proc/${pid}/status`, "utf8");
                if (new RegExp(`^PPid:\\t${this.nspawn.pid}$`, "m").test(status) &&
                    /^NSpid:\t\d+\t1$/m.test(status) && /^Name:\tsystemd$/m.test(status)) return pid;
            } catch { /* it has ended meanwhile */ }
        }
        return null;
    }

    /** One line of sh inside, as root or as another user of the guest. */
    run(line, { as = "root", input = "" } = {}) {
        const who = as === "root" ? [] : ["runuser", "-u", as, "--"];
        return run("nsenter", ["--target", this.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--",
            "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
            "DEBIAN_FRONTEND=noninteractive", ...who, "sh", "-c", line], { input });
    }

    /** The same, and it must succeed. */
    async must(line, options) {
        const ended = await this.run(line, options);
        assert.equal(ended.code, 0, `${line}\n${ended.all}`);
        return ended.stdout;
    }

    /** A property of a unit, as text. */
    async show(property, unit = "halld") {
        return (await this.must(`systemctl show --value --property ${property} ${unit}`)).trim();
    }

    async stop() {
        if (!this.nspawn) return;
        if (this.leader && this.nspawn.exitCode === null) await this.run("systemctl --no-block exit 0");
        // With its first process all of the guest ends; nspawn's end alone would leave it behind.
        const patience = setTimeout(() => process.kill(Number(this.leader ?? this.nspawn.pid), "SIGKILL"), 30_000);
        await this.ended;
        clearTimeout(patience);
        for (const group of this.groups) removeGroup(group);
    }
}
