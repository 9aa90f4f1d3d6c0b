// An engineer commissions the demo hall at a terminal: every input, meter, PC and output, from the first to the
// last. What was switched is judged by the virtual hall's trace. The transcript is kept in tests/artefacts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { CIRCUITS, SANITIZED, freePorts, hallctl, shell, until } from "./support.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILD = process.env.HALL_BUILD_DIR ?? join(ROOT, "build/release");
const ARTEFACTS = join(ROOT, "tests/artefacts");
const PATIENCE = SANITIZED ? 240_000 : 90_000;

/** The virtual hall alone, as it is before a daemon has ever run. */
class BareHall {
    static async start() {
        const hall = new BareHall();
        hall.folder = mkdtempSync(join(tmpdir(), "hall-commission-"));
        hall.state = join(hall.folder, "state");
        hall.config = join(hall.folder, "demo.toml");
        const port = await freePorts();
        hall.address = `http://127.0.0.1:${port}`;
        const text = readFileSync(join(ROOT, "config/demo.toml"), "utf8")
            .replaceAll("127.0.0.1:8090", `127.0.0.1:${port}`)
            .replace("127.0.0.1:8080", `127.0.0.1:${port + 1}`)
            .replace("port = 15021", `port = ${port + 2}`)
            .replace("port = 15022", `port = ${port + 3}`)
            .replace("var/field.pty", join(hall.folder, "field.pty"))
            .replace(/files = .*/, `files = ["${join(ROOT, "config/calendar/cn-2026.json")}"]`)
            .replace("prove_within = 5", "prove_within = 30")
            .replace("stop_timeout = 12", "stop_timeout = 120")
            .replaceAll('"-m", "5"', '"-m", "25"');
        writeFileSync(hall.config, text);
        hall.environment = { ...process.env, HALL_DEVICES: join(ROOT, "config/devices") };
        hall.process = spawn(join(BUILD, "drivers/sim/hallsim"), ["--config", hall.config, "--http", String(port)],
            { env: hall.environment, stdio: ["ignore", "pipe", "inherit"] });
        await until("hallsim serves", () => fetch(`${hall.address}/state`).then((r) => r.ok, () => false), PATIENCE);
        return hall;
    }

    async plant() {
        return (await fetch(`${this.address}/state`)).json();
    }

    async set(things) {
        const reply = await fetch(`${this.address}/set`, { method: "POST", body: JSON.stringify(things) });
        assert.equal(reply.status, 200, await reply.text());
    }

    async trace() {
        return (await fetch(`${this.address}/trace`)).json();
    }

    async demolish() {
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.kill("SIGTERM");
        await ended;
        rmSync(this.folder, { recursive: true });
    }
}

/** A terminal in tmux, as an engineer sees it. */
class Terminal {
    static async start(hall, name) {
        const terminal = new Terminal();
        terminal.socket = `hall-${process.pid}-${name}`;
        terminal.file = join(ARTEFACTS, `commission-${name}.txt`);
        terminal.seen = 0;
        mkdirSync(ARTEFACTS, { recursive: true });
        rmSync(terminal.file, { force: true });
        await terminal.tmux(["-f", "/dev/null", "new-session", "-d", "-s", "hall", "-x", "160", "-y", "50", "sh"], hall.environment);
        await terminal.tmux(["pipe-pane", "-t", "hall", `cat >>'${terminal.file}'`]);
        return terminal;
    }

    async tmux(args, env = process.env) {
        const { code, stderr } = await shell("tmux", ["-L", this.socket, ...args], { env });
        assert.equal(code, 0, `tmux ${args.join(" ")}: ${stderr}`);
    }

    shown() {
        return existsSync(this.file) ? readFileSync(this.file, "utf8").replace(/\x1b\[[0-9;?]*[a-zA-Z]|\r/g, "") : "";
    }

    /** Waits for the first of these behind what was waited for before: its number and its match. */
    first(...patterns) {
        return until(`one of ${patterns.join(" ")}`, () => {
            const rest = this.shown().slice(this.seen);
            const found = patterns.map((p, i) => ({ i, match: rest.match(p) })).filter((f) => f.match)
                .sort((a, b) => a.match.index - b.match.index)[0];
            if (!found) return false;
            this.seen += found.match.index + found.match[0].length;
            return found;
        }, PATIENCE, () => this.shown().slice(-3000));
    }

    async shows(pattern) {
        return (await this.first(pattern)).match;
    }

    async type(line) {
        if (line !== "") await this.tmux(["send-keys", "-t", "hall", "-l", line]);
        await this.tmux(["send-keys", "-t", "hall", "Enter"]);
    }

    async answer(pattern, line) {
        const match = await this.shows(pattern);
        await this.type(line);
        return match;
    }

    async stop() {
        await this.tmux(["kill-server"]);
    }
}

/** What an engineer does at each question, looking at the hall and not at what the program says. */
function deeds(hall, terminal) {
    const lamps = (plant) => Object.fromEntries(Object.entries(plant).filter(([k]) => /^(lamp\.|lightbox$|buzzer$)/.test(k)));
    let dark = null;
    return [
        [/Is (\S+) really "(\w+)" now\?.*\[y\/n\/s\/q\]/, async ([, key, level]) => {
            const plant = await hall.plant();
            assert.equal(level, plant[key]);
            await terminal.type("y");
            await terminal.shows(/Enter if nothing happens/);
            if (key.endsWith(".button")) return hall.set({ [key]: "press" });
            await hall.set({ [key]: "open" });
            await terminal.shows(new RegExp(`${key}: open`));
            return hall.set({ [key]: "closed" });
        }],
        [/circuit\.(pc\d).meter.*\n.*r it runs.*skip\?/, async ([, pc]) => {
            await terminal.type("r");
            await terminal.shows(/Enter when it is off/);
            await hall.set({ [`pc.${pc}`]: "off" });
            await terminal.type("");
            await terminal.shows(/verified|not right|not off yet/);
            await hall.set({ [`pc.${pc}`]: "running" });
        }],
        [/The PC of (pc\d) will be asked to shut down.*Then type pc\d:/, async ([, pc]) => {
            await until(`${pc} runs`, async () => (await hall.plant())[`pc.${pc}`] === "running", PATIENCE);
            await terminal.type(pc);
        }],
        [/The supply of (pc\d) will be cut.*Then type pc\d:/, ([, pc]) => terminal.type(pc)],
        [/Has the outlet of (pc\d) .*lost its supply, and no other\?.*\[y\/n\/s\/q\]/, async ([, pc]) => {
            const plant = await hall.plant();
            const cut = CIRCUITS.filter((id) => plant[`contactor.${id}`] === "open");
            await terminal.type(cut.length === 1 && cut[0] === pc ? "y" : "n");
        }],
        [/Switch (\S+) for a look\?.*\[y\/n\/s\/q\]/, async () => {
            dark = lamps(await hall.plant());
            await terminal.type("y");
        }],
        [/Is (\S+) .*"(lit|sounding)" now, and nothing else changed\?.*\[y\/n\/s\/q\]/, async ([, key]) => {
            const now = lamps(await hall.plant());
            const changed = Object.keys(now).filter((k) => now[k] !== dark[k]);
            const lamp = key.match(/^window\.(\d)\.lamp\.(\w+)$/);
            await terminal.type(changed.length === 1 && changed[0] === (lamp ? `lamp.window.${lamp[1]}.${lamp[2]}` : key) ? "y" : "n");
        }],
    ];
}

describe("commissioning the demo hall", () => {
    let hall;
    before(async () => { hall = await BareHall.start(); });
    after(() => hall?.demolish());
    const commission = (terminal, more = "") => terminal.type(
        `'${join(BUILD, "daemon/ctl/hallctl")}' commission --config '${hall.config}' --state '${hall.state}' --lang en ${more}; echo "ended $?"`);

    it("an engineer verifies every channel, and each output is switched once and put back", async () => {
        const terminal = await Terminal.start(hall, "whole");
        const report = join(ARTEFACTS, "commission-report.md");
        rmSync(report, { force: true });
        await commission(terminal, `--measure 0.5 --report '${report}'`);
        await terminal.answer(/Your name.*:/, "张工");
        for (const device of ["relay1", "lamps1", "buttons1", "doors1", "meter1", "meter8"])
            await terminal.shows(new RegExp(`${device} \\(unit \\d+, .*\\) answers in`));
        await terminal.answer(/Number, or Enter.*:/, "");
        const table = deeds(hall, terminal);
        for (;;) {
            const { i, match } = await terminal.first(...table.map(([pattern]) => pattern), /Number, or Enter.*:/, /ended \d/);
            if (i >= table.length) {
                assert.match(match[0], /Number/, terminal.shown().slice(-3000));
                break;
            }
            await table[i][1](match);
        }
        await terminal.type("q");
        await terminal.shows(/61 of 61 verified/);
        await terminal.shows(/ended 0/);
        await terminal.stop();

        const trace = await hall.trace();
        const coils = {};
        for (const { thing, value } of trace.filter((e) => e.thing.startsWith("coil.")))
            (coils[thing] ??= []).push(value);
        const outputs = [...CIRCUITS.map((_, i) => `relay1.coil${i + 1}`), ...Array.from({ length: 16 }, (_, i) => `lamps1.coil${i + 1}`),
            "doors1.coil1", "buttons1.coil1", "buttons1.coil7", "buttons1.coil8"];
        assert.deepEqual(Object.keys(coils).sort(), outputs.map((o) => `coil.${o}`).sort());
        for (const [coil, values] of Object.entries(coils)) assert.deepEqual(values, ["on", "off"], coil);
        assert.deepEqual(trace.filter((e) => /power_lost|hard_off/.test(e.value)), [], "no PC lost its power while it ran");
        await until("every PC has its supply", async () => {
            const plant = await hall.plant();
            return CIRCUITS.every((id) => plant[`contactor.${id}`] === "closed");
        }, PATIENCE);

        const status = await hallctl("commission", "--config", hall.config, "--state", hall.state, "--status", "--json");
        assert.equal(status.code, 0, status.stdout + status.stderr);
        assert.equal(JSON.parse(status.stdout).complete, true);
        const verify = await hallctl("--state", hall.state, "audit", "verify");
        assert.equal(verify.code, 0, verify.stdout + verify.stderr);
        assert.match(readFileSync(report, "utf8"), /Complete\. 61 of 61 verified\./);
    });

    it("the journal explains every output before it changes", async () => {
        const { stdout } = await hallctl("--state", hall.state, "audit", "show", "--from", "1", "--json");
        const records = JSON.parse(stdout);
        const intended = records.filter((r) => r.type === "commission.output")
            .map((r) => ({ coil: `coil.${r.detail.point}`, at: Date.parse(r.ts) }));
        const changes = (await hall.trace()).filter((e) => e.thing.startsWith("coil.") && e.value === "on" && !/buttons1.coil[78]/.test(e.thing));
        assert.deepEqual(intended.map((i) => i.coil), changes.map((c) => c.thing));
        // The trace's clock is read when the wire changes, the record's when it was made.
        intended.forEach(({ at }, i) => assert.ok(at <= Date.parse(changes[i].wall), changes[i].thing));
    });

    it("Ctrl-C in the middle of a cut gives the PC its supply back", async () => {
        const terminal = await Terminal.start(hall, "interrupted");
        await commission(terminal, "");
        await terminal.answer(/Your name.*:/, "张工");
        await hall.set({ "pc.pc3": "off" });
        await terminal.answer(/Number, or Enter.*:/, "6");
        await terminal.answer(/or a name.*:/, "pc3");
        await until("pc3 is off for the meter, too", async () => {
            const { i } = await terminal.first(/pc3 force:/, /Then type pc3:/);
            await terminal.type(i === 1 ? "pc3" : "");
            return i === 1;
        });
        await terminal.shows(/Has the outlet of pc3/);
        assert.equal((await hall.plant())["contactor.pc3"], "open");
        await terminal.tmux(["send-keys", "-t", "hall", "C-c"]);
        await terminal.shows(/circuit\.pc3 is put back: powered/);
        await terminal.shows(/ended 1/);
        await until("pc3's contactor has closed", async () => (await hall.plant())["contactor.pc3"] === "closed", PATIENCE);
        await terminal.stop();
    });
});
