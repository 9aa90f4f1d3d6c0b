// config/rules.md against the tests, the configuration and the alarms that it speaks of.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = new URL("../../", import.meta.url).pathname;
const text = (path) => readFileSync(join(root, path), "utf8");
const files = (folder, ending) =>
    readdirSync(join(root, folder), { recursive: true })
        .filter((name) => name.endsWith(ending) && !name.includes("node_modules"))
        .map((name) => join(folder, name));

/** The rows of the table whose heading begins with `first`, each as its cells. */
function table(markdown, first) {
    const lines = markdown.split("\n");
    const head = lines.findIndex((line) => line.startsWith(`| ${first} |`));
    assert.ok(head >= 0, `no table with ${first}`);
    const end = lines.findIndex((line, i) => i > head && !line.startsWith("|"));
    return lines.slice(head + 2, end < 0 ? undefined : end).map((line) => line.split("|").slice(1, -1).map((c) => c.trim()));
}
const quoted = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]);

/** Every key of the example configuration, as `section.key`; commented ones are keys too. */
function keys() {
    const found = new Set();
    let section = "";
    for (const line of text("config/hall.example.toml").split("\n")) {
        const head = line.match(/^#? ?\[+([a-z_.]+)\]+/);
        const key = line.match(/^#? ?([a-z_]+) *=/);
        if (head) found.add((section = head[1]));
        if (key) found.add(`${section}.${key[1]}`);
    }
    return found;
}

const rules = table(text("config/rules.md"), "rule");

describe("the table of the rules", () => {
    it("has each rule once, in order", () => {
        assert.deepEqual(rules.map((row) => row[0]), Array.from({ length: 31 }, (_, i) => `R${i + 1}`));
        for (const [rule, clause, what, , tests] of rules) {
            assert.match(clause, /^\d+(\.\d+)?(, \d+(\.\d+)?)*$/, rule);
            assert.ok(what.endsWith("."), rule);
            assert.ok(quoted(tests).length > 0, `${rule} is held by no test`);
        }
    });

    it("names tests that exist", () => {
        const sources = files("tests", ".cpp").map(text).join("\n");
        const known = new Set([...sources.matchAll(/^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)/gm)].map((m) => `${m[1]}.${m[2]}`));
        assert.ok(known.size > 300);
        const scripts = new Map();
        for (const path of files("tests", ".test.mjs")) {
            const name = path.split("/").at(-1);
            scripts.set(name, (scripts.get(name) ?? "") + text(path));
        }
        for (const [rule, , , , tests] of rules)
            for (const name of quoted(tests)) {
                const [file, title] = name.split(/\.mjs: /);
                if (title === undefined) assert.ok(known.has(name), `${rule}: ${name} is no test`);
                else assert.ok(scripts.get(`${file}.mjs`)?.includes(`it("${title}"`), `${rule}: ${name} is no test`);
            }
    });

    it("names keys that the example configuration explains", () => {
        const known = keys();
        assert.ok(known.size > 80);
        for (const [rule, , , cell] of rules)
            for (const key of quoted(cell)) assert.ok(known.has(key), `${rule}: ${key} is no key`);
    });
});

describe("the table of the alarms", () => {
    it("is that of the program", () => {
        const kinds = [...text("daemon/core/alarms.cpp").matchAll(/Kind\{"(\w+)", "(\w+)", "(R\d+)", "([\d.]+)"\}/g)];
        assert.ok(kinds.length > 10);
        assert.deepEqual(
            table(text("config/rules.md"), "alarm").map(([code, severity, rule, clause]) => [quoted(code)[0], severity, rule, clause]),
            kinds.map((m) => m.slice(1)));
    });
});
