// The whole run, used by tests/fleet/run and, cut down, by fleet.test.mjs: halls close while a node of the brokers' cluster
// is killed; then it is judged what a consumer heard of each.
import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cluster } from "./cluster.mjs";
import { Consumer, Monitor } from "./consumer.mjs";
import { Hall, idOf, prepareStaff } from "./halls.mjs";
import { faultsOf, repeated } from "./judge.mjs";
import { until } from "./support.mjs";

/** Runs `work` for all of `list`, so many at a time. */
async function each(list, atOnce, work) {
    const left = [...list];
    await Promise.all(Array.from({ length: atOnce }, async () => {
        while (left.length > 0) await work(left.shift());
    }));
}

const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);
const seconds = (ms) => Math.round(ms / 100) / 10;

/** When halld's log says that its connection came after `since` (ms), the last time; null when it never went. */
function cameBack(log, since) {
    let last = null;
    for (const [, at, what] of log.matchAll(/^(\S+) \w+ broker \S+ (connected|away)/gm)) {
        const when = Date.parse(at);
        if (when >= since) last = { what, when };
    }
    return last;
}

export class Fleet {
    /** `qos`: with which light halls subscribe; each says so many `records` over so many ms. */
    constructor(folder, { halls, light = 0, qos = 1, nodes = 3, records = 20, over = 30_000, say = () => {} }) {
        Object.assign(this, { folder, size: { halls, light, nodes }, qos, records, over, say });
        Object.assign(this, { halls: [], verdicts: [], figures: [] });
        this.ids = Array.from({ length: halls }, (_, i) => idOf(i + 1));
        this.lightIds = Array.from({ length: light }, (_, i) => `light-${String(i + 1).padStart(4, "0")}`);
    }

    async start() {
        this.say("certificates and nodes");
        this.cluster = new Cluster(this.folder);
        await this.cluster.start(["monitor", "operator", ...this.ids, ...this.lightIds], this.size.nodes);
        this.consumer = new Consumer(this.cluster);
        // It is away while the halls start: the cluster keeps what they say.
        await this.consumer.come(0);
        await this.consumer.leave();
        this.monitor = new Monitor();
        await this.monitor.come(this.cluster, 1);
        this.say(`${this.ids.length} halls`);
        await prepareStaff(this.folder);
        for (const n of this.ids.keys()) {
            if (this.ended) throw new Error("stopped");
            this.halls.push(await Hall.make(this.folder, n + 1, (id) => this.cluster.section(id)));
        }
        await each(this.halls, 4, async (hall) => {
            await hall.startPlant();
            await hall.startDaemon();
        });
        await until("all halls are online", () => this.monitor.online(this.ids) === this.ids.length, 120_000);
        if (this.lightIds.length > 0) await this.startLight();
        await this.consumer.come(0);
    }

    async startLight() {
        this.say(`${this.lightIds.length} light halls`);
        const told = { certs: this.cluster.certs, ports: this.cluster.nodes.map((n) => n.port.mqtt), ids: this.lightIds,
            records: this.records, over: this.over, qos: this.qos };
        if (this.ended) throw new Error("stopped");
        this.light = fork(fileURLToPath(new URL("light.mjs", import.meta.url)), [JSON.stringify(told)]);
        const from = Date.now();
        await this.ask("arrive", "arrived");
        this.figures.push(["light halls connected", `${this.lightIds.length} in ${seconds(Date.now() - from)} s`]);
    }

    ask(what, answer) {
        return new Promise((resolve, reject) => {
            const ended = () => reject(new Error("the light halls ended"));
            this.light.once("exit", ended);
            const listen = (message) => {
                if (!(answer in message)) return;
                this.light.off("message", listen).off("exit", ended);
                resolve(message[answer]);
            };
            this.light.on("message", listen);
            this.light.send(what);
        });
    }

    /** What all use while nobody does anything, over so many ms. */
    async idle(ms) {
        const now = () => [this.cluster.usage(), this.halls.map((h) => h.usage("halld"))];
        const before = now();
        await pause(ms);
        const after = now();
        const percent = (i) => sum(after[i], (u) => u.cpu) - sum(before[i], (u) => u.cpu);
        this.figures.push(
            ["idle: CPU of all nodes, of all halld", [0, 1].map((i) => `${(percent(i) / ms * 100_000).toFixed(1)} %`).join(", ")],
            ["idle: memory of a node, of a halld",
                after.map((list) => `${Math.round(sum(list, (u) => u.rss) / list.length)} MB`).join(", ")]);
    }

    /** All halls close; half-way through, the node that the consumer is on is killed. */
    async evening() {
        this.say("closings, and a node is killed");
        const begun = Date.now(), [victim] = this.cluster.nodes;
        const lightClosed = this.light ? this.ask("close", "closed") : [];
        await each(this.halls.slice(0, Math.ceil(this.halls.length / 2)), 8, (h) => h.authorise());
        this.lost = this.cluster.usage()[0];
        this.killed = Date.now();
        await this.cluster.kill(victim);
        await each(this.halls.slice(Math.ceil(this.halls.length / 2)), 8, (h) => h.authorise());
        const open = [];
        await each(this.halls, 16, (h) => h.closed().catch(() => open.push(h.id)));
        this.verdict(`every hall is closed (${this.halls.length})`, open);
        this.figures.push(["closings", `${this.halls.length} in ${seconds(Date.now() - begun)} s`]);
        this.journals = new Map((await lightClosed).map(({ id, journal }) => [id, journal]));
        if (this.light) this.lightWaits = Math.max(...(await lightClosed).map((l) => l.waits));
    }

    async judge() {
        const { halls, monitor, cluster } = this;
        const back = () => halls.map((h) => ({ id: h.id, ...cameBack(h.log("halld"), this.killed) })).filter((b) => b.what);
        const away = () => back().filter((b) => b.what === "away").map((b) => b.id);
        await until("all are connected again", () => away().length === 0, 120_000).catch(() => {});
        this.verdict("every hall is connected again", away());
        const gone = back().filter((b) => b.what === "connected");
        if (halls.length > 0) this.figures.push(["connected again after the node's death", gone.length === 0 ? "nobody was on it"
            : `${gone.length} halls, the last after ${seconds(Math.max(...gone.map((b) => b.when)) - this.killed)} s`]);
        if (this.light) {
            const all = this.lightIds.length;
            await until("light halls", async () => await this.ask("state", "connected") === all, 120_000).catch(() => {});
            const connected = await this.ask("state", "connected");
            this.verdict(`every light hall is connected again (${all})`, connected === all ? [] : [`only ${connected}`]);
            this.figures.push(["longest wait of a light hall for an acknowledgement", `${seconds(this.lightWaits)} s`]);
        }
        await until("states", () => monitor.online(this.ids) === halls.length, 60_000).catch(() => {});
        this.verdict("every hall's status says online", this.ids.filter((id) => monitor.status.get(id) !== "online"));
        this.verdict("every hall hears commands", await monitor.deaf(this.ids, 20_000));
        await each(halls, 4, async (hall) => { this.journals.set(hall.id, await hall.records()); });
        await this.caughtUp();
        const wrong = [];
        for (const [id, journal] of this.journals) {
            const faults = faultsOf(this.consumer.of(id).filter((r) => r.seq <= journal.length), journal);
            if (faults.length > 0) wrong.push(`${id}: ${faults.slice(0, 3).join(", ")}`);
        }
        const records = sum([...this.journals.values()], (j) => j.length);
        this.verdict(`the consumer has every record of every hall, in order, unbroken (${records} of ${this.journals.size})`, wrong);
        const lost = this.consumer.sessions.slice(1).filter((present) => !present);
        this.verdict("its session was there each time it came back", lost.map(() => "a new one"));
        const twice = sum([...this.journals.keys()], (id) => repeated(this.consumer.of(id)));
        this.figures.push(["records that came twice", String(twice)]);
        const nodes = [...cluster.usage(), this.lost], daemons = halls.map((h) => h.usage("halld"));
        this.figures.push(["CPU of all nodes, of all halld", [nodes, daemons].map((l) => `${sum(l, (u) => u.cpu).toFixed(1)} s`).join(", ")],
            ["memory of the largest node, of the largest halld",
                [nodes, daemons].map((l) => `${Math.round(Math.max(0, ...l.map((u) => u.rss)))} MB`).join(", ")]);
    }

    caughtUp() {
        const missing = () => [...this.journals].some(([id, journal]) => {
            const heard = this.consumer.of(id);
            return journal.length > 0 && !heard.some((r) => r.seq === journal.length);
        });
        return until("the consumer has the newest records", () => !missing(), 120_000).catch(() => {});
    }

    /** The dead node comes back and takes its place. */
    async repair() {
        const from = Date.now(), [node] = this.cluster.nodes;
        if (this.cluster.alive().includes(node)) throw new Error(`${node.name} was never killed`);
        this.cluster.launch(node);
        await this.cluster.ready();
        this.figures.push(["the killed node, started again, is healthy", `after ${seconds(Date.now() - from)} s`]);
    }

    verdict(what, against) {
        this.verdicts.push({ what, against });
    }

    async stop() {
        this.ended = true;
        if (this.light?.connected) this.light.disconnect();
        this.monitor?.leave();
        await this.consumer?.leave();
        await each(this.halls, 16, (hall) => hall.stop());
        await this.cluster?.stop();
    }

    async run() {
        await this.start();
        await this.idle(10_000);
        await this.evening();
        await this.judge();
        await this.repair();
    }
}
