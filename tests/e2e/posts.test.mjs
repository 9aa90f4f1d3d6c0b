// Posts with real credentials: sign-in, handover, refusals, the topics, and a daemon that dies between.
// Nothing here depends on the hour: what is derived from it is judged by the rules' own tests.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House, until } from "./support.mjs";

describe("a post", () => {
    let house;
    let listener;
    before(async () => {
        house = await House.start();
        listener = house.subscribe();
    });
    after(async () => {
        await listener?.stop();
        await house?.demolish();
    });

    const post = (action, person, body) => house.post(`post/${action}`, { ...house.who(person), ...body });
    /** A daemon that died may send a fact twice; its id tells. */
    const facts = () => [...new Map(listener.on("attendance").map((f) => [f.id, f])).values()];
    const responsible = async () => (await house.state()).posts["3"].responsible;

    it("is taken by its primary, and by nobody from elsewhere", async () => {
        const stranger = await post("sign-in", 0, { post: "3" });
        assert.equal(stranger.status, 403);
        assert.equal(stranger.body.code, "not_of_post");
        assert.match(stranger.body.message, /3号岗/);
        assert.equal((await post("sign-in", 2, { post: "3" })).status, 200);
        assert.equal(await responsible(), "primary");
        assert.equal((await post("sign-in", 2, { post: "4" })).status, 409);
    });

    it("outlives the daemon", async () => {
        await house.killDaemon();
        await until("the panel answers", () => house.state().catch(() => null));
        assert.equal(await responsible(), "primary");
    });

    it("is handed over by two persons, each with a PIN of their own", async () => {
        const wrong = await post("handover", 2, { post: "3", to: { ...house.who(3), pin: "000000" } });
        assert.equal(wrong.status, 401);
        assert.equal(wrong.body.who, "to");
        const alone = await post("handover", 2, { post: "3", to: house.who(2) });
        assert.equal(alone.body.code, "same_person");
        assert.equal(await responsible(), "primary");
        assert.equal((await post("handover", 2, { post: "3", to: house.who(3) })).status, 200);
        assert.equal(await responsible(), "backup");
        assert.equal((await post("sign-out", 3)).status, 200);
        assert.equal(await responsible(), "none");
    });

    it("is told on the topics, and no PIN anywhere", async () => {
        await until("both sign-outs", () =>
            facts().filter((f) => f.direction === "out").length === 2);
        assert.deepEqual(facts().map((f) => [f.direction, f.person, f.post, f.role, f.how]), [
            ["in", "1003", "3", "primary", "panel"],
            ["in", "1004", "3", "backup", "handover"],
            ["out", "1003", "3", "primary", "handover"],
            ["out", "1004", "3", "backup", "panel"],
        ]);
        await until("nobody at window 3", () => listener.last("window/3")?.responsible === "none");
        assert.ok(listener.on("window/3").some((w) => w.responsible === "backup" && w.post === "3"));
        assert.ok(listener.messages.every((m) => m.topic !== "attendance" || !m.retained));
        for (const { pin } of house.staff) assert.ok(!listener.messages.some((m) => m.payload.includes(`"${pin}"`)));
    });

    it("has a window whose fault is told to the department at once", async () => {
        assert.equal((await house.post("window/set", { window: "3", state: "fault" })).status, 200);
        const told = await until("a notice", () => listener.on("event").find((e) => e.type === "fault.notified"));
        assert.deepEqual([told.detail.alarm, told.detail.attempt, told.detail.department, told.detail.windows],
            ["window_fault.3", "1", "信息中心", "3"]);
        await until("the light", async () => (await house.plant())["lamp.window.3.red"] === "on");
    });
});
