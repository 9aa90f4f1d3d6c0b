// Real halls: for each a virtual hall (hallsim) and a halld of its own, with two PCs, all on loopback and in one folder.
import { spawn } from "node:child_process";
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, run, until, used } from "./support.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILD = process.env.HALL_BUILD_DIR ?? join(ROOT, "build/release");
const HALLD = join(BUILD, "daemon/shell/halld"), HALLSIM = join(BUILD, "drivers/sim/hallsim");
const HALLCTL = join(BUILD, "daemon/ctl/hallctl");
const STAFF = [{ staff: "1001", name: "王芳", pin: "402917" }, { staff: "1002", name: "李强", pin: "718263" }];

export const hallctl = (...args) => run(HALLCTL, args);
export const idOf = (n) => `hall-${String(n).padStart(3, "0")}`;

/** Two PCs, a lamp, a door, a lightbox. The slow polls and long limits are so that hundreds fit on one machine. */
function configuration(id, ports, mqtt) {
    const circuit = (n) => `
[[window]]
id = "${n}"
lamps = { green = "io2.coil${n}" }
closed = {}
serving = { green = "on" }
paused = {}
fault = { green = "blink" }

[[circuit]]
id = "pc${n}"
window = "${n}"
output = "relay1.coil${n}"
wiring = "normally_closed"
feedback = "relay1.in${n}"
meter = "meter${n}.watts"
stop = [{ method = "pulse", output = "io2.coil${n + 4}", length = 0.5 }]

[[device]]
id = "meter${n}"
bus = "power"
unit = ${10 + n}
template = "eastron-sdm120"
`;
    return `[hall]
id = "${id}"
name = "${id}"
timezone = "Asia/Shanghai"
latitude = 35.08
longitude = 117.16
clock = "hardware"

[hours]
mon = ["08:30", "17:30"]

[closing]
confirm_window = 300
countdown = 3
off_for = 3
stop_timeout = 120
prove_within = 60
fresh_within = 20

[panel]
listen = "127.0.0.1:${ports.panel}"

[mqtt]
${mqtt}

[[bus]]
id = "power"
type = "modbus-tcp"
host = "127.0.0.1"
port = ${ports.bus}
scan_interval = 1
meter_interval = 2
timeout = 2

[[device]]
id = "relay1"
bus = "power"
unit = 1
template = "waveshare-io-8ch"

[[device]]
id = "io2"
bus = "power"
unit = 2
template = "waveshare-io-8ch"
${circuit(1)}${circuit(2)}
[[contact]]
id = "west_door"
input = "io2.in8"

[lightbox]
output = "io2.coil8"
policy = "after_closing"
`;
}

export class Hall {
    /** @param home the fleet's folder, in which prepareStaff() has been @param mqtt what halld's [mqtt] says */
    static async make(home, n, mqtt) {
        const hall = new Hall();
        hall.id = idOf(n);
        hall.folder = join(home, hall.id);
        hall.state = join(hall.folder, "state");
        mkdirSync(hall.state, { recursive: true, mode: 0o700 });
        for (const file of ["staff.json", "pepper.key"]) copyFileSync(join(home, "staff", file), join(hall.state, file));
        symlinkSync(join(ROOT, "config/devices"), join(hall.folder, "devices"));
        hall.port = { panel: await freePort(), sim: await freePort(), bus: await freePort() };
        hall.config = join(hall.folder, "hall.toml");
        writeFileSync(hall.config, configuration(hall.id, hall.port, mqtt(hall.id)));
        return hall;
    }

    launch(name, program, args) {
        if (this.ended) throw new Error(`${this.id} has been stopped`);
        const log = openSync(join(this.folder, `${name}.log`), "a");
        this[name] = spawn(program, args, { stdio: ["ignore", log, log] });
        closeSync(log);
    }

    async startPlant() {
        this.launch("sim", HALLSIM, ["--config", this.config, "--http", String(this.port.sim)]);
        await until(`${this.id}'s virtual hall`, async () => (await fetch(`http://127.0.0.1:${this.port.sim}/state`)).ok);
    }

    async startDaemon() {
        this.launch("halld", HALLD, ["--config", this.config, "--state", this.state]);
        await until(`${this.id} is open`, async () => {
            if (this.halld.exitCode !== null) return true;
            const { closing, circuits, contacts } = await this.view();
            return closing.phase === "open" && Object.values(contacts).every((c) => c.state === "closed")
                && Object.values(circuits).every((c) => c.actual === "on" && c.pc === "running");
        });
        if (this.halld.exitCode !== null) throw new Error(`${this.id}: halld ended: ${this.log("halld").slice(-1500)}`);
    }

    async view() {
        return (await fetch(`http://127.0.0.1:${this.port.panel}/api/state`)).json();
    }

    async post(action, body) {
        const reply = await fetch(`http://127.0.0.1:${this.port.panel}/api/${action}`, {
            method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
        });
        if (reply.status !== 200) throw new Error(`${this.id} ${action}: ${reply.status} ${await reply.text()}`);
    }

    /** Two persons authorise the closing as the panel shows it. */
    async authorise() {
        for (const { staff, pin } of STAFF) {
            const { plan } = (await this.view()).closing;
            await this.post("closing/confirm", { staff, pin, plan: plan.digest });
        }
    }

    async closed(patience = 180_000) {
        await until(`${this.id} is closed`, async () => (await this.view()).closing.phase === "closed", patience);
    }

    async open() {
        const { staff, pin } = STAFF[0];
        await this.post("opening/open", { staff, pin });
        await until(`${this.id} is open`, async () => (await this.view()).closing.phase === "open");
    }

    log(name) {
        const file = join(this.folder, `${name}.log`);
        return existsSync(file) ? readFileSync(file, "utf8") : "";
    }

    /** The journal's records, oldest first, as hallctl tells them. */
    async records() {
        return JSON.parse(await hallctl("--state", this.state, "audit", "show", "--from", "1", "--json"));
    }

    usage(name) {
        return used(this[name].pid);
    }

    async stop(signal = "SIGTERM") {
        this.ended = true;
        for (const one of [this.halld, this.sim]) {
            if (!one || one.exitCode !== null || one.signalCode !== null) continue;
            const ended = new Promise((resolve) => one.once("exit", resolve));
            one.kill(signal);
            const late = setTimeout(() => one.kill("SIGKILL"), 20_000);
            await ended;
            clearTimeout(late);
        }
    }
}

/** The same two persons for every hall: a PIN's hash is made to take its time, and once is enough. */
export async function prepareStaff(home) {
    const folder = join(home, "staff");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { staff, name, pin } of STAFF) {
        const add = ["--state", folder, "staff", "add", "--staff", staff, "--name", name, "--pin-stdin"];
        await run(HALLCTL, add, { input: `${pin}\n` });
    }
}
