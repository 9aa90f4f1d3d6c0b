// JSON that knows where each of its values stands, so that a fault can be told with its place; no key may stand twice.
class Fault extends Error {
    constructor(at, message) {
        super(message);
        this.at = at;
    }
}

const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const SCALAR = new RegExp(`${TEXT.source}|${NUMBER.source}|true|false|null`, "y");

class Reader {
    constructor(text) {
        Object.assign(this, { text, at: 0, places: new Map(), faults: [] });
    }

    blank() {
        while (" \t\r\n".includes(this.text[this.at] ?? "x")) ++this.at;
        return this.text[this.at];
    }

    fail(wanted) {
        const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : "the end";
        throw new Fault(this.at, `is no JSON: ${wanted} is wanted here, and there is ${found}; put that right`);
    }

    scalar(wanted) {
        SCALAR.lastIndex = this.at;
        const found = SCALAR.exec(this.text)?.[0];
        if (found === undefined) this.fail(wanted);
        this.at += found.length;
        return JSON.parse(found);
    }

    value(path, depth) {
        const first = this.blank();
        this.places.set(path, this.at);
        if (depth > 16) throw new Fault(this.at, "has too many brackets in one another; a mapping needs six at most");
        if (first === "{") return this.list("}", (into) => this.entry(into, path, depth), Object.create(null));
        const item = (into) => into.push(this.value(`${path}/${into.length}`, depth + 1));
        if (first === "[") return this.list("]", item, []);
        return this.scalar("a value");
    }

    list(end, take, into) {
        ++this.at;
        if (this.blank() === end) return ++this.at, into;
        for (;;) {
            take(into);
            const next = this.blank();
            if (next !== "," && next !== end) this.fail(`a comma or ${end}`);
            ++this.at;
            if (next === end) return into;
        }
    }

    entry(into, path, depth) {
        if (this.blank() !== '"') this.fail("a key in double quotes");
        const start = this.at, key = this.scalar("a key");
        if (key in into) this.faults.push(new Fault(start, `the key "${key}" stands twice; remove one`));
        if (this.blank() !== ":") this.fail("a colon");
        ++this.at;
        into[key] = this.value(`${path}/${key}`, depth + 1);
        this.places.set(`${path}/${key}#`, start);
    }
}

/** The value, `place(path)` with line and column of a value (of its key with # behind), and what is wrong so far. */
function read(text) {
    const reader = new Reader(text);
    const where = (at) => {
        const lines = text.slice(0, at).split("\n");
        return { line: lines.length, column: lines.at(-1).length + 1 };
    };
    const told = (fault) => ({ ...where(fault.at), message: fault.message });
    try {
        const value = reader.value("", 0);
        if (reader.blank() !== undefined) reader.fail("nothing more");
        return { value, place: (path) => where(reader.places.get(path) ?? 0), faults: reader.faults.map(told) };
    } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { faults: [...reader.faults, error].map(told) };
    }
}

module.exports = { read };
