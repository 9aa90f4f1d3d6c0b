// Sums what a folder of reports holds: ctest.xml (JUnit), GoogleTest's *.json, Node's *.tap.
// Prints three numbers: passed, failed, skipped.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const folder = process.argv[2];
const names = readdirSync(folder);
const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => { for (const key of Object.keys(total)) total[key] += counts[key] ?? 0; };

/** One program's own report; none when it was cut off in the middle. */
function googleTest(name) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    try {
        for (const suite of JSON.parse(readFileSync(join(folder, name), "utf8")).testsuites) {
            for (const test of suite.testsuite) {
                if ((test.failures ?? []).length > 0) ++counts.failed;
                else if (test.status === "NOTRUN" || test.result === "SKIPPED") ++counts.skipped;
                else ++counts.passed;
            }
        }
        return counts;
    } catch {
        return null;
    }
}

const reports = new Map();
for (const name of names.filter((n) => n.endsWith(".json"))) {
    const counts = googleTest(name);
    if (counts) {
        reports.set(basename(name, ".json"), counts);
        add(counts);
    }
}

if (names.includes("ctest.xml")) {
    const xml = readFileSync(join(folder, "ctest.xml"), "utf8");
    for (const [, attributes] of xml.matchAll(/<testcase ([^>]*)>/g)) {
        const of = (key) => attributes.match(new RegExp(`\\b${key}="([^"]*)"`))?.[1] ?? "";
        const own = reports.get(of("name"));
        const status = of("status");
        // "notrun" is a program that was not there or could not start, or one that asked to be skipped.
        const failed = status === "fail" || (status === "notrun" && !/<skipped/.test(xml));
        if (own) {
            // All its tests passed and yet it failed: it crashed at the end, or a sanitizer spoke.
            if (status === "fail" && own.failed === 0) add({ failed: 1 });
        } else if (status === "run") {
            add({ passed: 1 });
        } else if (failed || !/^(disabled|skipped)$/.test(status)) {
            add({ failed: 1 });
        } else {
            add({ skipped: 1 });
        }
    }
}

for (const name of names.filter((n) => n.endsWith(".tap"))) {
    const tap = readFileSync(join(folder, name), "utf8");
    const number = (key) => {
        const found = [...tap.matchAll(new RegExp(`^# ${key} (\\d+)$`, "gm"))].pop();
        return found ? Number(found[1]) : null;
    };
    const tests = number("tests");
    if (tests === null) {
        add({ failed: 1 });  // ended before its summary
    } else {
        add({
            passed: number("pass"), skipped: number("skipped") + number("todo"),
            failed: tests - number("pass") - number("skipped") - number("todo"),
        });
    }
}

console.log(`${total.passed} ${total.failed} ${total.skipped}`);
