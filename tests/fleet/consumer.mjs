// Who reads the fleet: a durable session on all halls' records, which may go away, and a monitor of their states.
import { until } from "./support.mjs";

export class Consumer {
    constructor(cluster, id = "records") {
        Object.assign(this, { cluster, id, heard: new Map(), sessions: [] });
    }

    /** Comes to node `first` with the session that it has, or with a new one. Its place is kept by the cluster. */
    async come(first = 0) {
        this.client = this.cluster.client("monitor", { clientId: this.id, clean: false }, first);
        this.client.on("message", (topic, payload) => {
            const id = topic.split("/")[2];
            if (!this.heard.has(id)) this.heard.set(id, []);
            this.heard.get(id).push(JSON.parse(payload));
        });
        this.client.on("connect", (ack) => this.sessions.push(ack.sessionPresent));
        await until("the consumer is connected", () => this.client.connected, 30_000);
        if (!this.sessions.at(-1)) await this.client.subscribeAsync("hall/v1/+/event", { qos: 1 });
    }

    of(id) {
        return this.heard.get(id) ?? [];
    }

    /** Goes away without a word, as a machine that is switched off. */
    async leave() {
        const { client } = this;
        client.options.reconnectPeriod = 0;
        const closed = client.connected && new Promise((resolve) => client.once("close", resolve));
        client.stream.destroy();
        await closed;
        client.end(true);
    }
}

/** The newest status of each hall, and what halls reply to commands. */
export class Monitor {
    async come(cluster, first) {
        Object.assign(this, { status: new Map(), replies: new Map(), cluster });
        this.client = cluster.client("monitor", { clientId: "states" }, first);
        this.client.on("message", (topic, payload) => {
            const [, , id, kind, reply] = topic.split("/");
            if (kind === "status") this.status.set(id, JSON.parse(payload).state);
            else this.replies.set(reply, JSON.parse(payload).result);
        });
        await until("the monitor is connected", () => this.client.connected, 30_000);
        for (const topic of ["hall/v1/+/status", "hall/v1/+/reply/+"]) await this.client.subscribeAsync(topic, { qos: 1 });
        this.operator = cluster.client("operator", {}, first);
        return this;
    }

    online(ids) {
        return ids.filter((id) => this.status.get(id) === "online").length;
    }

    /** Which of the halls do not answer a command: asked again, as an operator would who misses an answer. */
    async deaf(ids, patience) {
        const left = new Set(ids), asked = new Map();
        const at = (ms) => new Date(Date.now() + ms).toISOString();
        const answered = () => {
            for (const [command, id] of asked) if (this.replies.get(command) === "done") left.delete(id);
            return left.size === 0;
        };
        for (const last = Date.now() + patience; Date.now() < last && !answered();) {
            for (const id of left) {
                const command = crypto.randomUUID();
                asked.set(command, id);
                await this.operator.publishAsync(`hall/v1/${id}/command/status.refresh`,
                    JSON.stringify({ id: command, issued: at(0), expires: at(300_000), args: {} }), { qos: 1 });
            }
            await until("replies", answered, 3_000).catch(() => {});
        }
        return [...left];
    }

    leave() {
        this.client.end(true);
        this.operator?.end(true);
    }
}
