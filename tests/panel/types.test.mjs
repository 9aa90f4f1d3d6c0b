// The page's types, its words in both languages, and that it needs nothing from anywhere else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { it } from "node:test";
import en from "../../daemon/panel/web/texts_en.js";
import zh from "../../daemon/panel/web/texts_zh.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const WEB = fileURLToPath(new URL("../../daemon/panel/web/", import.meta.url));
const sources = readdirSync(WEB).map((name) => [name, readFileSync(WEB + name, "utf8")]);

it("the types hold", () => {
    try {
        execFileSync(process.execPath, [`${HERE}node_modules/typescript/bin/tsc`, "-p", `${HERE}tsconfig.json`],
            { encoding: "utf8" });
    } catch (error) {
        assert.fail(error.stdout);
    }
});

it("both languages have the same words with the same gaps", () => {
    const gaps = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
    const optional = new Set(["date", "review_off"]);
    for (const key of Object.keys(zh))
        if (!optional.has(key)) assert.deepEqual(gaps(en[key]), gaps(zh[key]), key);
    for (const key of ["reasons_pc", "reasons_contact", "reasons_force"])
        assert.equal(en[key].split("|").length, zh[key].split("|").length, key);
});

it("every word that is asked for is there, and every word is asked for", () => {
    const code = sources.filter(([name]) => name.endsWith(".js") && !name.startsWith("texts_"))
        .map(([, text]) => text).join("\n");
    const asked = new Set([...code.matchAll(/\bt\("(\w+)"/g)].map((m) => m[1]));
    for (const key of asked) assert.ok(key in zh, key);
    const families = /^(phase|window|pc|contact|lit|blocker|pstep|refused|void|alarm|severity|step|reasons|until|confirm|opening)_/;
    for (const key of Object.keys(zh))
        assert.ok(families.test(key) || new RegExp(`"${key}"`).test(code), `nobody says ${key}`);
});

it("every address in the page is the page's own", () => {
    for (const [name, text] of sources) {
        const foreign = (text.match(/(https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/gi) ?? [])
            .filter((address) => !address.includes("www.w3.org"));
        assert.deepEqual(foreign, [], name);
        assert.ok(!/innerHTML|insertAdjacentHTML|eval\(|new Function/.test(text), `${name}: markup from strings`);
        assert.ok(!/localStorage|sessionStorage|document\.cookie/.test(text), `${name}: keeps something`);
    }
});
