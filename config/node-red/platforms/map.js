// From what halls say to what a platform is told, by a mapping that check.js has found good. It remembers what each
// hall *is*, as a broker does with retained messages, and nothing that *was*: a platform that comes back is told that.
const { createHash } = require("node:crypto");
const { SAID } = require("./fields.js");
const formats = require("./formats.js");

/** ms. So long after a hall appeared, all that is retained has come: an alarm that has not, is no more. */
const SETTLED = 3000;
/** Alarms that were removed are told again when the connection breaks soon after. */
const OVER = { most: 100, for: 120_000 };
/** Records that are known, of each hall, so that a repetition is not told twice. */
const RECORDS = 2000;

const fill = (template, names) => template.replace(/\{(.*?)\}/g, (all, name) => names[name]);
/** What is not of the type that docs/mqtt says is as good as missing; a platform would refuse all of the message. */
const CHANGE = {
    count: (v) => (Array.isArray(v) ? v.length : null),
    milliseconds: (v) => (Number.isFinite(Date.parse(v)) ? Date.parse(v) : null),
    json: (v) => JSON.stringify(v),
};
const forget = (map, most) => {
    for (const key of map.keys()) if (map.size > most) map.delete(key);
};

class Bridge {
    constructor(mapping, credentials = [], now = Date.now) {
        Object.assign(this, { mapping, credentials, now, there: false });
        Object.assign(this, { halls: new Map(), owners: new Map(), faults: [] });
        this.format = formats[mapping.platform];
        this.rules = mapping.rules.filter((r) => r.from !== "attendance" || mapping.attendance === true);
        this.topics = Object.fromEntries(Object.entries(mapping.topics).map(([name, topic]) => [name,
            topic.replace(/\{gateway\.(.*?)\}/g, (all, key) => mapping.gateway[key])]));
    }

    /** What to subscribe to at the halls' broker, in this order: alarms before the status, which makes a hall known. */
    subscriptions() {
        const wanted = new Set(this.rules.map((r) => (r.from === "alarms" ? "alarm/{id}" : r.from)).concat("status"));
        const kinds = Object.keys(SAID).filter((from) => wanted.has(from) && from !== "status" && SAID[from].kept)
            .concat("status", Object.keys(SAID).filter((from) => wanted.has(from) && !SAID[from].kept));
        return kinds.flatMap((from) => (this.mapping.halls ?? ["+"])
            .map((hall) => ({ topic: `hall/v1/${hall}/${from.replace("{id}", "+")}`, qos: 1 })));
    }

    login() {
        return this.format.login(this.mapping, this.credentials, this.now());
    }

    /** Whether a login is only good for some minutes. */
    get expires() {
        return this.mapping.gateway?.login === "md5";
    }

    // --- what happens; each returns the messages that the platform is to get
    heard(topic, payload) {
        const [, , hall, kind, thing] = topic.split("/");
        const from = thing === undefined ? kind : `${kind}/{id}`;
        if (!Object.hasOwn(SAID, from)) return [];
        if (payload === "") return this.removed(hall, from, thing);
        const body = JSON.parse(payload);
        if (body === null || typeof body !== "object" || Array.isArray(body)) throw new Error("no object");
        // A time that the hall itself does not believe is worth less than ours.
        const at = body.clock === "trusted" ? Date.parse(body.ts) : this.now();
        if (!Number.isFinite(at)) throw new Error("no ts");
        const known = this.hall(hall);
        if (!SAID[from].kept) return this.record(known, { from, body, at, names: { hall } });
        if (from === "alarm/{id}") {
            body.standing = body.cleared === null;
            body.acknowledged = body.acknowledged_by !== null;
            known.over.delete(thing);
        }
        // A platform takes the latest by its time: it must not go back when the hall's clock does.
        const last = known.said.get(`${from} ${thing}`)?.at ?? 0;
        const said = { from, thing, body, at: Math.max(at, last), names: { hall, id: thing } };
        known.said.set(`${from} ${thing}`, said);
        if (from === "status") return this.status(known, said);
        return known.online ? [...this.tell(known, said), ...this.sum(known)] : [];
    }

    /** The halls' broker has come or gone. Without it nobody knows how the halls are. */
    source(there) {
        return there ? [] : [...this.halls.values()].flatMap((hall) => {
            Object.assign(hall, { online: false, settled: false, since: Infinity });
            hall.said.clear();
            return this.goodbye(hall);
        });
    }

    /** The platform's broker has come or gone. */
    platform(there) {
        if (this.there === there) return [];
        this.there = there;
        for (const hall of this.halls.values()) {
            hall.devices.clear();
            // What was told just before the end may not have arrived.
            for (const [id, over] of hall.over)
                if (!there && over.told && this.now() - over.told > OVER.for) hall.over.delete(id);
        }
        return there ? [...this.halls.values()].flatMap((hall) => this.whole(hall)) : [];
    }

    /** Every few seconds. */
    tick() {
        return [...this.halls.values()].flatMap((hall) => {
            if (!hall.online || hall.settled || this.now() - hall.since < SETTLED) return [];
            hall.settled = true;
            const gone = [...hall.told.keys()].filter((id) => !hall.said.has(`alarm/{id} ${id}`));
            return [...gone.flatMap((id) => this.over(hall, id)), ...this.sum(hall)];
        });
    }

    // --- how
    hall(id) {
        if (!this.halls.has(id)) {
            this.halls.set(id, {
                id, online: false, settled: false, since: Infinity, sum: undefined, said: new Map(), devices: new Map(),
                told: new Map(), over: new Map(), records: new Map(), times: new Map(),
            });
        }
        return this.halls.get(id);
    }

    status(hall, said) {
        const was = hall.online;
        hall.online = said.body.state !== "offline";
        if (hall.online && was) return this.tell(hall, said);
        hall.since = hall.online && hall.since === Infinity ? this.now() : hall.since;
        return this.whole(hall);
    }

    /** All that a hall is; of one that is away only that. */
    whole(hall) {
        const status = hall.said.get("status undefined");
        if (!status) return [];
        if (!hall.online) return [...this.tell(hall, status), ...this.goodbye(hall)];
        const rest = [...hall.said.values()].filter((said) => said !== status);
        hall.sum = undefined;
        return [status, ...rest, ...hall.over.values()].flatMap((said) => this.tell(hall, said)).concat(this.sum(hall));
    }

    removed(id, from, thing) {
        const hall = this.halls.get(id), key = `${from} ${thing}`;
        if (!hall) return [];
        if (from === "status") {
            this.halls.delete(id);
            return this.goodbye(hall);
        }
        hall.said.delete(key);
        if (from === "alarm/{id}") return [...this.over(hall, thing), ...this.sum(hall)];
        return this.goodbye(hall, key);
    }

    /** An alarm that was told is no more. */
    over(hall, thing) {
        const last = hall.told.get(thing);
        hall.told.delete(thing);
        if (!last) return [];
        const at = Math.max(this.now(), last.at), cleared = last.body.cleared ?? new Date(at).toISOString();
        const said = { ...last, at, body: { ...last.body, standing: false, acknowledged: true, cleared } };
        hall.over.set(thing, said);
        forget(hall.over, OVER.most);
        return hall.online ? this.tell(hall, said) : [];
    }

    /** A hall's alarms in numbers, once all of them are known. */
    sum(hall) {
        if (!hall.settled || !hall.online || !this.there) return [];
        const alarms = [...hall.said.values()].filter((said) => said.from === "alarm/{id}" && said.body.standing);
        const body = {
            standing: alarms.length, critical: alarms.filter((a) => a.body.severity === "critical").length,
            codes: [...new Set(alarms.map((a) => a.body.code))].sort(),
        };
        const sum = JSON.stringify(body);
        if (sum === hall.sum) return [];
        hall.sum = sum;
        return this.tell(hall, { from: "alarms", body, at: this.now(), names: { hall: hall.id } });
    }

    /** Something that was. Nobody keeps it for a platform that is away; the hall's journal does. */
    record(hall, said) {
        const key = `${said.from} ${said.body.id}`;
        if (!this.there || !hall.online || hall.records.has(key)) return [];
        if (this.format.alone) while (hall.times.has(said.at)) ++said.at;
        hall.records.set(key, true);
        hall.times.set(said.at, true);
        forget(hall.records, RECORDS);
        forget(hall.times, RECORDS);
        return this.tell(hall, said);
    }

    tell(hall, said) {
        if (!this.there) return [];
        if (said.from === "alarm/{id}") {
            if (said.body.standing || !hall.over.has(said.thing)) hall.told.set(said.thing, said);
            else said.told = this.now();
        }
        return this.rules.filter((rule) => rule.from === said.from).flatMap((rule) => this.say(hall, rule, said));
    }

    say(hall, rule, said) {
        const { id, product } = this.mapping.devices[rule.device], device = fill(id, said.names);
        const owner = JSON.stringify([rule.device, hall.id, id.includes("{id}") ? said.thing : ""]);
        if ((this.owners.get(device) ?? owner) !== owner) return this.mixed(device, owner);
        this.owners.set(device, owner);
        const values = Object.create(null);
        for (const [key, wanted] of Object.entries(rule.keys)) {
            const value = this.value(typeof wanted === "string" ? { field: wanted } : wanted, said);
            if (value !== null) values[fill(key, said.names)] = value;
        }
        if (Object.keys(values).length === 0) return [];
        // What is told again is the same event.
        const event = said.body.id && !said.thing ? said.body.id
            : createHash("sha256").update(JSON.stringify([device, values])).digest("hex").slice(0, 32);
        const payload = this.format[rule.as]({ device, at: said.at, values, id: event });
        const hello = hall.devices.has(device) ? [] : this.format.hello({ device, product, at: this.now() });
        hall.devices.set(device, id.includes("{id}") ? `${said.from} ${said.thing}` : "");
        return [...hello, [this.format.ways[rule.as], payload]]
            .map(([name, text]) => this.message(name, text, device, rule));
    }

    value({ field, as, absent }, { body, names }) {
        const inner = () => field.split(".").reduce((v, name) => v?.[name], body);
        const value = (Object.hasOwn(body, field) ? body[field] : inner() ?? names[field]) ?? null;
        return (as && value !== null ? CHANGE[as](value) : value) ?? absent ?? null;
    }

    message(name, payload, device, rule = {}) {
        return { topic: fill(this.topics[name], { device, event: rule.event }), payload, qos: 1, retain: false };
    }

    /** A hall's devices are away, or those of one thing in it. */
    goodbye(hall, only) {
        const away = [...hall.devices.keys()].filter((d) => only === undefined || hall.devices.get(d) === only);
        for (const device of away) hall.devices.delete(device);
        return this.there ? away.map((device) => {
            const [name, payload] = this.format.goodbye({ device, at: this.now() });
            return this.message(name, payload, device);
        }) : [];
    }

    /** Two things with one name there: the first stays, and the second is told of once. */
    mixed(device, owner) {
        if (!this.owners.has(`${device} ${owner}`)) this.faults.push(`${owner} is not told: the platform's device `
            + `"${device}" is already ${this.owners.get(device)}. Change "devices" in the mapping`);
        this.owners.set(`${device} ${owner}`, owner);
        return [];
    }

    /** What an engineer should know, once. */
    complaints() {
        return this.faults.splice(0);
    }
}

module.exports = { Bridge };
