// The demo as everybody gets it is over quickly: nobody who tries it waits half a minute.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { CIRCUITS, House, SANITIZED, judge, until } from "./support.mjs";

const skip = SANITIZED && "a sanitizer's programs are slower than the demo's times";

describe("the demo's own times", () => {
    let house;
    before(async () => { if (!skip) house = await House.startDemo(); });
    after(() => house?.demolish());

    it("are short", { skip }, () => {
        const text = readFileSync(house.run.config, "utf8");
        for (const line of ["confirm_window = 60", "countdown = 3", "off_for = 3"])
            assert.match(text, new RegExp(`^${line}$`, "m"));
    });

    it("let two people close it in under half a minute", { skip }, async (t) => {
        const mark = await house.mark();
        const begun = Date.now();
        await house.authorise();
        const state = await house.reached("closed", "partial");
        const seconds = (Date.now() - begun) / 1000;
        t.diagnostic(`closed after ${seconds.toFixed(1)} s`);
        assert.equal(state.closing.phase, "closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        await until("the lightbox burns", async () => (await house.plant()).lightbox === "on");
        assert.ok(seconds < 30, `${seconds} s`);
    });
});
