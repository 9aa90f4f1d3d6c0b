// What must not close a hall, each with its answer, and the plant untouched by all of it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import { House, judge, until } from "./support.mjs";

const refused = (reply, status, code) => {
    assert.deepEqual([reply.status, reply.body.code], [status, code], JSON.stringify(reply.body));
    assert.equal(reply.body.result, "rejected");
    assert.ok(reply.body.message.length > 5);
};

describe("a closing is refused", () => {
    let house, mark;
    before(async () => {
        // A countdown in which there is time to cancel.
        house = await House.start({ countdown: 60 });
        mark = await house.mark();
    });
    after(() => house?.demolish());
    afterEach(async () => {
        await house.post("closing/cancel", {});
        await house.untouchedSince(mark);
        assert.equal(await house.phase(), "open");
    });

    it("to the same person twice, by number or by card", async () => {
        assert.equal((await house.confirm(0)).status, 200);
        refused(await house.confirm(0), 409, "same_person");
        const { card, pin } = house.staff[0];
        const byCard = await house.post("closing/confirm", { card, pin, plan: await house.digest() });
        refused(byCard, 409, "same_person");
        assert.equal((await house.state()).closing.confirmations.count, 1);
    });

    it("when a door was opened between the two", async () => {
        const digest = await house.digest();
        assert.equal((await house.confirm(0)).status, 200);
        await house.set({ "contact.west_door": "open" });
        const state = await until("the first word is void", async () => {
            const now = await house.state();
            return now.closing.phase === "open" && now.closing.void && now;
        });
        assert.equal(state.closing.void.reason, "plan_changed");
        assert.deepEqual(state.closing.void.detail, ["west_door"]);
        const old = await house.post("closing/confirm", { ...house.who(1), plan: digest });
        refused(old, 409, "plan_changed");
        assert.notEqual(old.body.plan.digest, digest);
        const fresh = await house.confirm(1);
        refused(fresh, 409, "contact_open");
        assert.match(JSON.stringify(fresh.body.ids), /west_door/);
        await house.set({ "contact.west_door": "closed" });
        await house.ready();
    });

    it("to a plan that nobody was shown", async () => {
        const forged = (await house.digest()).replace(/./g, (c) => (c === "0" ? "1" : "0"));
        refused(await house.post("closing/confirm", { ...house.who(0), plan: forged }), 409, "plan_unknown");
        refused(await house.post("closing/confirm", house.who(0)), 400, "plan_missing");
    });

    it("to nobody, and to a body that is none", async () => {
        const plan = await house.digest();
        refused(await house.post("closing/confirm", { plan }), 400, "malformed");
        refused(await house.post("closing/confirm", [1]), 400, "malformed");
        refused(await house.post("closing/force", { ...house.who(0), circuit: "pc1", reason: "x" }), 409, "not_held");
        refused(await house.post("closing/force", { ...house.who(0), circuit: "pc9", reason: "x" }), 400, "unknown_circuit");
        const foreign = await fetch(`${house.panel}/api/closing/confirm`, {
            method: "POST", headers: { Origin: "http://elsewhere.example", "Content-Type": "application/json" },
            body: JSON.stringify({ ...house.who(0), plan }),
        });
        assert.equal(foreign.status, 403);
    });

    it("by anybody without a credential during the countdown", async () => {
        await house.authorise();
        assert.equal((await house.post("closing/cancel", {})).status, 200);
        assert.equal(await house.phase(), "open");
    });

    it("to anything that comes over MQTT", async () => {
        const subscriber = house.subscribe();
        await until("subscribed", () => subscriber.last("status"));
        const digest = await house.digest();
        const command = (args) => ({
            id: randomUUID(), issued: new Date().toISOString(),
            expires: new Date(Date.now() + 60_000).toISOString(), args,
        });
        const who = house.who(0);
        for (const name of ["closing.confirm", "closing.start", "closing.force", "closing.except", "closing/confirm",
            "opening.open", "staff.add", "circuit.set"]) {
            const sent = command({ ...who, plan: digest, circuit: "pc1", reason: "because" });
            assert.equal((await house.publish(`command/${name}`, sent)).code, 0);
            // A name with a further level is on no topic that the daemon listens to.
            if (name.includes("/")) continue;
            const reply = await until(`the reply to ${name}`, () => subscriber.last(`reply/${sent.id}`));
            assert.equal(reply.result, "rejected", name);
            assert.equal(reply.code, "unknown_command", name);
        }
        // What the daemon itself publishes is no order when others publish it.
        await house.publish("closing", { phase: "cutting" });
        await house.publish("circuit/pc1", { target: "off" });
        const late = command({});
        late.issued = new Date(Date.now() - 5000).toISOString();
        late.expires = new Date(Date.now() - 1000).toISOString();
        await house.publish("command/closing.cancel", late);
        await until("the expired one is refused", () => subscriber.last(`reply/${late.id}`)?.code === "expired");
        await subscriber.stop();
        assert.equal((await house.state()).closing.confirmations.count, 0);
    });

    it("while the management forbids it over MQTT, and is cancelled by it", async () => {
        const subscriber = house.subscribe();
        const send = async (name, args) => {
            const id = randomUUID();
            await house.publish(`command/${name}`, { id, issued: new Date().toISOString(),
                expires: new Date(Date.now() + 60_000).toISOString(), args });
            return until(`the reply to ${name}`, () => subscriber.last(`reply/${id}`));
        };
        await until("subscribed", () => subscriber.last("status"));
        await house.authorise();
        assert.equal((await send("closing.cancel", {})).result, "done");
        assert.equal(await house.phase(), "open");
        await subscriber.stop();
    });

    it("to wrong PINs, until person and panel are locked", async () => {
        const plan = await house.digest();
        const { staff, pin } = house.staff[4];
        const wrong = pin === "111222" ? "111223" : "111222";
        for (const left of [4, 3, 2, 1]) {
            const reply = await house.post("closing/confirm", { staff, pin: wrong, plan });
            refused(reply, 401, "wrong_credential");
            assert.equal(reply.body.attempts_left, left);
        }
        await house.post("closing/confirm", { staff, pin: wrong, plan });
        const locked = await house.post("closing/confirm", { staff, pin, plan });
        refused(locked, 423, "locked");
        assert.ok(locked.body.seconds_left > 0 && locked.body.seconds_left <= 90);
    });
});

describe("a hall with a short window for the second person", () => {
    let house;
    before(async () => {
        house = await House.start();
        await house.reconfigure((text) => text.replace("confirm_window = 300", "confirm_window = 15"));
    });
    after(() => house?.demolish());

    it("refuses the closing to a second person after the window", async () => {
        const mark = await house.mark();
        const digest = await house.digest();
        assert.equal((await house.confirm(0)).status, 200);
        await until("the window is over", async () => await house.phase() === "open");
        const late = await house.post("closing/confirm", { ...house.who(1), plan: digest });
        refused(late, 409, "confirm_window_over");
        await house.untouchedSince(mark);
        const kinds = (await house.records()).map((r) => r.type);
        assert.ok(kinds.includes("closing.expired"));
    });
});

describe("a hall that is closed", () => {
    let house;
    before(async () => { house = await House.start(); });
    after(() => house?.demolish());

    it("is not closed twice, and a door that opens raises an alarm", async () => {
        const mark = await house.mark();
        await house.authorise();
        await house.reached("closed");
        const again = await house.confirm(0);
        assert.deepEqual([again.status, again.body.code], [409, "already_closed"]);
        await house.set({ "contact.east_door": "open" });
        await until("an alarm about the door", async () =>
            (await house.state()).alarms.some((a) => a.subject === "east_door"));
        await house.set({ "contact.east_door": "closed" });
        judge(await house.trace(), mark);
    });
});
