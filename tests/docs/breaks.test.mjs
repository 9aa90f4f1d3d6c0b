// tests/mutation/breaks against the rules, the tests and the files that it speaks of.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = new URL("../../", import.meta.url).pathname;
const text = (path) => readFileSync(join(root, path), "utf8");
const folder = "tests/mutation/breaks";

/** Every break of the lists: its name, rule, file, edit and test. */
const breaks = readdirSync(join(root, folder)).flatMap((list) =>
    [...text(join(folder, list)).matchAll(/^mutant (\S+) (\S+) (\S+) \\\n +'([^']*)' \\\n +'([^']*)'/gm)].map(
        ([, name, rule, file, edit, test]) => ({ name, rule, file, edit, test })));

/** As tests/mutation/run reads it. */
const place = (file) => file.startsWith("drivers/") ? file : join("daemon", file.includes("/") ? file : `core/${file}`);
/** Of a test with parameters, the test: `Each/Suite.Name/case`. */
const plain = (test) => test.includes("/") ? test.split("/")[1] : test;

describe("the breaks", () => {
    it("are all read", () => {
        const written = readdirSync(join(root, folder)).flatMap((list) => text(join(folder, list)).match(/^mutant /gm));
        assert.equal(breaks.length, written.length);
    });

    it("have names of their own", () => {
        assert.equal(new Set(breaks.map((b) => b.name)).size, breaks.length);
    });

    it("leave no rule out", () => {
        const broken = new Set(breaks.map((b) => b.rule));
        assert.deepEqual(
            Array.from({ length: 31 }, (_, i) => `R${i + 1}`).filter((rule) => !broken.has(rule)), []);
    });

    it("name tests and files that exist", () => {
        const sources = readdirSync(join(root, "tests"), { recursive: true })
            .filter((name) => name.endsWith(".cpp"))
            .map((name) => text(join("tests", name)))
            .join("\n");
        const known = new Set([...sources.matchAll(/^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)/gm)].map((m) => `${m[1]}.${m[2]}`));
        for (const { name, file, test } of breaks) {
            assert.ok(known.has(plain(test)), `${name}: ${test} is no test`);
            assert.ok(existsSync(join(root, place(file))), `${name}: ${file}`);
        }
    });
});
