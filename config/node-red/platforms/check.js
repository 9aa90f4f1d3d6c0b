#!/usr/bin/env node
// Reads a mapping and finds all that is wrong with it, each with its place and a remedy. As a program: check.js FILE
const { readFileSync } = require("node:fs");
const { KINDS } = require("./fields.js");
const formats = require("./formats.js");
const { read } = require("./read.js");

const CHANGES = { count: ["list"], milliseconds: ["time"], json: ["list", "object"] };
const ID = /^[^/+#\u0000]+$/;
const words = (list) => [...list].join(", ");
const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);

class Check {
    constructor({ value, place, faults }) {
        Object.assign(this, { map: value, place, faults });
    }

    fault(path, message) {
        this.faults.push({ ...this.place(path), message });
    }

    /** An object with these keys and no others; a key with ? may be missing. */
    shape(path, value, keys) {
        if (!isObject(value)) return this.fault(path, `must be an object with ${words(keys)}`), false;
        const known = keys.map((k) => k.replace("?", ""));
        for (const key of Object.keys(value))
            if (!known.includes(key)) this.fault(`${path}/${key}#`, `unknown key "${key}"; there is ${words(known)}`);
        const missing = keys.filter((k) => !k.endsWith("?") && !(k in value));
        for (const key of missing) this.fault(path, `"${key}" is missing; add it`);
        return missing.length === 0;
    }

    text(path, value, what) {
        const good = typeof value === "string" && value !== "";
        if (!good) this.fault(path, `must be ${what}, a text`);
        return good;
    }

    /** A text with {names} in it, of which those in `may` can stand, and those in `must` have to. */
    template(path, text, what, may, must = []) {
        if (!this.text(path, text, what)) return;
        for (const [all, name] of text.matchAll(/\{(.*?)\}/g))
            if (!may.includes(name))
                this.fault(path, `${all} means nothing in ${what}; ${may.length ? `use ${words(may)}` : "remove it"}`);
        for (const name of must)
            if (!text.includes(`{${name}}`)) this.fault(path, `${what} must have {${name}} in it; add it`);
    }

    all() {
        const map = this.map;
        const keys = ["platform", "gateway?", "topics", "halls?", "attendance?", "devices", "rules"];
        if (!this.shape("", map, keys)) return;
        this.format = Object.hasOwn(formats, map.platform) ? formats[map.platform] : undefined;
        if (!this.format) return this.fault("/platform", `must be one of ${words(Object.keys(formats))}`);
        this.gateway();
        this.topics();
        if ("attendance" in map && typeof map.attendance !== "boolean")
            this.fault("/attendance", "must be true (facts about people go to the platform) or false");
        if ("halls" in map && !(Array.isArray(map.halls) && map.halls.length > 0
            && map.halls.every((h) => typeof h === "string" && ID.test(h))))
            this.fault("/halls", "must be a list of the halls' ids; leave it out for all halls");
        if (!isObject(map.devices)) return this.fault("/devices", "must be an object: a name for each kind of device");
        for (const [name, device] of Object.entries(map.devices)) this.device(`/devices/${name}`, device);
        if (!Array.isArray(map.rules) || map.rules.length === 0) return this.fault("/rules", "must be a list of rules");
        this.taken = new Map();
        map.rules.forEach((rule, i) => this.rule(`/rules/${i}`, rule));
    }

    gateway() {
        const { gateway = Object.create(null) } = this.map;
        if (!this.shape("gateway" in this.map ? "/gateway" : "", gateway, this.format.gateway)) return;
        for (const key of ["product", "device"])
            if (key in gateway && !(typeof gateway[key] === "string" && ID.test(gateway[key])))
                this.fault(`/gateway/${key}`, "must be the id that the platform has for it, without / + #");
        if ("login" in gateway && !["plaintext", "md5"].includes(gateway.login))
            this.fault("/gateway/login", "must be plaintext or md5, as the platform has it for this device");
    }

    topics() {
        const { topics } = this.map, { needs } = this.format;
        this.shape("/topics", topics, Object.keys(needs));
        if (!isObject(topics)) return;
        const gateway = this.format.gateway.filter((k) => k !== "login");
        for (const [name, topic] of Object.entries(topics)) {
            const path = `/topics/${name}`, must = needs[name] ?? [];
            this.template(path, topic, "a topic", [...gateway.map((k) => `gateway.${k}`), ...must], must);
            if (/[+#]/.test(topic)) this.fault(path, "a topic to publish to has no + and no #");
        }
    }

    device(path, device) {
        if (!this.shape(path, device, ["id", "product"])) return;
        this.template(`${path}/id`, device.id, "a device's id", ["hall", "id"], ["hall"]);
        if (/[/+#]/.test(device.id)) this.fault(`${path}/id`, "a device's id has no /, + or #");
        this.text(`${path}/product`, device.product, "the platform's product or profile");
    }

    rule(path, rule) {
        if (!this.shape(path, rule, ["from", "device", "as", "event?", "keys"])) return;
        const known = ["from", KINDS, "topic of a hall", "device", this.map.devices, "device of this mapping", "as",
            this.format.ways, "way to tell this platform"];
        for (let i = 0; i < known.length; i += 3) {
            const [key, table, what] = known.slice(i, i + 3);
            if (Object.hasOwn(table, rule[key])) continue;
            return this.fault(`${path}/${key}`, `"${rule[key]}" is no ${what}; there is ${words(Object.keys(table))}`);
        }
        const kind = KINDS[rule.from], many = rule.from.includes("{id}");
        const { id } = this.map.devices[rule.device], each = typeof id === "string" && id.includes("{id}");
        const named = this.format.needs[this.format.ways[rule.as]].includes("event");
        if (named && !("event" in rule)) this.fault(path, '"event" is missing: add the id that it has on the platform');
        if (!named && "event" in rule)
            this.fault(`${path}/event#`, 'only what is told as event to JetLinks has an "event"; remove it');
        if (named && "event" in rule) this.template(`${path}/event`, rule.event, "an event's id", []);
        if (!kind.kept && rule.as !== "event")
            this.fault(`${path}/as`, `${rule.from} is something that was, not a state; it can only be event`);
        if (!many && each) this.fault(`${path}/device`, `${rule.from} has no {id}, which this device's id needs`);
        if (!isObject(rule.keys) || Object.keys(rule.keys).length === 0)
            return this.fault(`${path}/keys`, "must be an object: a field for each key of the platform");
        for (const [key, wanted] of Object.entries(rule.keys)) {
            const at = `${path}/keys/${key}`;
            this.template(`${at}#`, key, "a key", many ? ["id"] : []);
            if (many && rule.as !== "event" && !key.includes("{id}") && !each)
                this.fault(`${at}#`, `all ${rule.from} would be one: put {id} into the key or the device's id`);
            this.twice(at, key, rule);
            this.key(at, wanted, rule.from, { ...kind.fields, hall: "text", ...(many ? { id: "text" } : {}) });
        }
    }

    /** The platform has one place for a key of a device. */
    twice(at, key, { device, as, event }) {
        const one = JSON.stringify([device, this.format.ways[as], event ?? "", key]);
        const line = this.taken.get(one);
        if (line) this.fault(`${at}#`, `the key "${key}" of "${device}" is taken by line ${line}; use another`);
        else this.taken.set(one, this.place(`${at}#`).line);
    }

    key(at, wanted, from, fields) {
        const long = isObject(wanted);
        if (!long && typeof wanted !== "string") return this.fault(at, 'must be a field, or {"field", "as", "absent"}');
        if (long && !this.shape(at, wanted, ["field", "as?", "absent?"])) return;
        const field = long ? wanted.field : wanted, type = Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (!type) {
            const there = words(Object.keys(fields));
            return this.fault(long ? `${at}/field` : at, `"${field}" is no field of ${from}; there is ${there}`);
        }
        if (long && "as" in wanted) {
            const types = Object.hasOwn(CHANGES, wanted.as) ? CHANGES[wanted.as] : [];
            if (!types.includes(type.replace("?", "")))
                this.fault(`${at}/as`, `"${wanted.as}" cannot be made of "${field}", a ${type.replace("?", "")}; there `
                    + "is count for lists, milliseconds for times, json for lists and objects");
        }
        if (type.endsWith("?") !== (long && "absent" in wanted))
            this.fault(at, type.endsWith("?")
                ? `"${field}" can be null: say what is to be sent then, "absent": VALUE, or "absent": null for nothing`
                : `"${field}" is never null: remove "absent"`);
        if (long && wanted.absent !== null && typeof wanted.absent === "object")
            this.fault(`${at}/absent`, "must be a text, a number, true, false or null");
    }
}

/** The mapping, or an Error with all faults, one a line: FILE:LINE:COLUMN: what and what to do. */
function load(file) {
    let text;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new Error(`${file}: cannot be read (${error.code}); name a mapping, such as platforms/thingsboard.json`);
    }
    const parsed = read(text);
    if (parsed.place) new Check(parsed).all();
    const lines = parsed.faults.sort((a, b) => a.line - b.line || a.column - b.column)
        .map((f) => `${file}:${f.line}:${f.column}: ${f.message}`);
    if (lines.length > 0) throw new Error(lines.join("\n"));
    return parsed.value;
}

module.exports = { load };

if (require.main === module) {
    try {
        load(process.argv[2] ?? "");
    } catch (error) {
        process.stderr.write(`${error.message}\n`);
        process.exit(2);
    }
}
