// The bad evenings: a PC that hangs, a meter that is silent, a contactor that is welded.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CIRCUITS, House, judge, until } from "./support.mjs";

const without = (...ids) => CIRCUITS.filter((id) => !ids.includes(id));

describe("a closing on a bad evening", () => {
    let house, mark;
    // What is held or welded is waited for; whoever is only late goes on by itself.
    before(async () => { house = await House.start({ stop_timeout: 20, prove_within: 10 }); });
    after(() => house?.demolish());
    afterEach(async () => {
        await house.set({ "meter.pc4": "healthy", "contactor.pc2": "healthy" });
        await house.set({ "pc.pc3": "running" });
        if (await house.phase() !== "open") await house.open();
        else await house.ready();
    });
    const begin = async () => {
        mark = await house.mark();
        await house.authorise();
    };
    /** All but these are cut and proven; these are held. */
    const held = (...ids) => until(`only ${ids} held`, async () => {
        const state = await house.state();
        return state.closing.phase === "hold"
            && without(...ids).every((id) => state.circuits[id].actual === "off")
            && ids.every((id) => state.closing.blockers.some((b) => b.kind === "pc_not_off" && b.id === id)) && state;
    });

    it("a PC that hangs is held; one person cannot force it, two with a reason can", async () => {
        await house.set({ "pc.pc3": "hang" });
        await begin();
        const state = await held("pc3");
        assert.ok(house.alarm(state, "pc_not_off", "pc3"));
        const force = (person, reason) => house.post("closing/force", { ...house.who(person), circuit: "pc3", reason });
        const bare = await force(0, "");
        assert.deepEqual([bare.status, bare.body.code], [400, "reason_missing"]);
        assert.equal((await force(0, "死机")).status, 200);
        const same = await force(0, "死机");
        assert.deepEqual([same.status, same.body.code], [409, "same_person"]);
        assert.deepEqual(judge(await house.trace(), mark), without("pc3"));
        assert.equal((await force(1, "死机")).status, 200);
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark, ["pc3"]), CIRCUITS);
        const forced = (await house.records()).filter((r) => r.type === "closing.forced").at(-1);
        assert.deepEqual(forced.actors, [house.staff[0].staff, house.staff[1].staff]);
        assert.equal(forced.detail.reason, "死机");
    });

    it("a PC that hangs may be left powered, with an alarm", async () => {
        await house.set({ "pc.pc3": "hang" });
        await begin();
        await held("pc3");
        const reply = await house.post("closing/except", { ...house.who(1), circuit: "pc3", reason: "更新中" });
        assert.equal(reply.status, 200, JSON.stringify(reply.body));
        const state = await house.reached("partial");
        assert.deepEqual(state.closing.left_on, ["pc3"]);
        assert.ok(house.alarm(state, "pc_left_on", "pc3"));
        assert.deepEqual(judge(await house.trace(), mark), without("pc3"));
        assert.equal((await house.plant())["contactor.pc3"], "closed");
    });

    it("a silent meter is no evidence: its PC is never cut, until the meter speaks", async () => {
        await house.set({ "meter.pc4": "silent" });
        await until("pc4 is unknown", async () => (await house.state()).circuits.pc4.pc === "unknown");
        await begin();
        await held("pc4");
        assert.deepEqual(judge(await house.trace(), mark), without("pc4"));
        assert.equal((await house.plant())["contactor.pc4"], "closed");
        await house.set({ "meter.pc4": "healthy" });
        // Nobody knew whether it ran, so a PC that does may still have to be asked by hand.
        await house.set({ "pc.pc4": "shutdown" });
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
    });

    it("a welded contactor ends it partly closed, and is named", async () => {
        await house.set({ "contactor.pc2": "welded" });
        await begin();
        const state = await house.reached("closed", "partial");
        assert.equal(state.closing.phase, "partial");
        assert.ok(house.alarm(state, "welded_contact", "pc2"));
        assert.deepEqual(state.closing.left_on, ["pc2"]);
        assert.deepEqual(judge(await house.trace(), mark), without("pc2"));
        // Mended, it obeys the order that still stands.
        await house.set({ "contactor.pc2": "healthy" });
        await until("pc2 has no power", async () => (await house.plant())["contactor.pc2"] === "open");
    });

    it("a circuit that was excepted before keeps its power", async () => {
        mark = await house.mark();
        const except = [{ id: "pc5", reason: "夜间备份" }];
        assert.equal((await house.confirm(0, { except })).status, 200);
        assert.equal((await house.confirm(1)).status, 200);
        const state = await house.reached("closed", "partial");
        assert.ok(house.alarm(state, "pc_left_on", "pc5"));
        assert.deepEqual(judge(await house.trace(), mark), without("pc5"));
    });
});
