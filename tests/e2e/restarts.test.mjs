// The daemon dies in every phase, and the broker is away: no circuit changes by it, nothing is lost.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CIRCUITS, House, judge, until } from "./support.mjs";

const without = (...ids) => CIRCUITS.filter((id) => !ids.includes(id));

describe("kill -9 of halld", () => {
    let house, mark;
    // One PC is held; whoever is only late goes on by itself.
    before(async () => { house = await House.start({ stop_timeout: 20 }); });
    after(() => house?.demolish());
    afterEach(async () => {
        await house.set({ "pc.pc3": "running" });
        if (await house.phase() !== "open") await house.open();
        else await house.ready();
    });
    /** Its death and its new start as such move no contactor; what follows is the rules' doing. */
    const killed = async () => {
        await house.killDaemon();
        judge(await house.trace(), mark);
        return house.state();
    };

    it("while the second person is awaited: the first one's word is void", async () => {
        mark = await house.mark();
        const digest = await house.digest();
        assert.equal((await house.confirm(0)).status, 200);
        const state = await killed();
        assert.equal(state.closing.phase, "open");
        assert.equal(state.closing.confirmations.count, 0);
        assert.equal(state.closing.void.reason, "restarted");
        const reply = await house.post("closing/confirm", { ...house.who(1), plan: digest });
        assert.equal(reply.status, 409);
        await house.untouchedSince(mark);
    });

    it("in the countdown: the closing is resumed and ends", async () => {
        mark = await house.mark();
        await house.authorise();
        await killed();
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        assert.ok((await house.records()).some((r) => r.type === "closing.resumed"));
    });

    it("while PCs shut down: the closing is resumed and ends", async () => {
        mark = await house.mark();
        await house.authorise();
        await house.reached("stopping");
        await killed();
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
    });

    it("while one is held: it is held still", async () => {
        await house.set({ "pc.pc3": "hang" });
        mark = await house.mark();
        await house.authorise();
        await until("pc3 alone is left", async () => {
            const state = await house.state();
            return state.closing.phase === "hold" && without("pc3").every((id) => state.circuits[id].actual === "off");
        });
        const before = (await house.trace()).at(-1).n;
        const state = await killed();
        assert.equal(state.closing.phase, "hold");
        assert.deepEqual(await house.cutsSince(before), []);
        const reply = await house.post("closing/except", { ...house.who(0), circuit: "pc3", reason: "更新中" });
        assert.equal(reply.status, 200, JSON.stringify(reply.body));
        await house.reached("partial");
        assert.deepEqual(judge(await house.trace(), mark), without("pc3"));
    });

    it("in a closed hall, and in an open one: nothing moves", async () => {
        mark = await house.mark();
        assert.equal((await killed()).closing.phase, "open");
        await house.ready();
        await house.untouchedSince(mark);
        await house.authorise();
        await house.reached("closed");
        mark = await house.mark();
        assert.equal((await killed()).closing.phase, "closed");
        await until("the wires were read", async () =>
            Object.values((await house.state()).circuits).every((c) => c.actual === "off"));
        await house.untouchedSince(mark);
        assert.equal((await house.plant()).lightbox, "on");
    });
});

describe("a broker that is away for a whole closing", () => {
    let house;
    before(async () => { house = await House.start(); });
    after(() => house?.demolish());

    it("hears of every event afterwards, in order and without a gap", async () => {
        const session = ["-c", "-i", "management", "-x", "3600", "-V", "5"];
        let subscriber = house.subscribe(...session);
        await until("the first event", () => subscriber.last("journal/head"));
        await subscriber.stop();
        const seen = subscriber.on("event");

        // A ./run that is stopped starts nothing again.
        process.kill(house.pid.run, "SIGSTOP");
        const mark = await house.mark();
        try {
            process.kill(house.pid.mosquitto, "SIGTERM");
            await house.authorise();
            await house.reached("closed");
            assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        } finally {
            process.kill(house.pid.run, "SIGCONT");
        }
        const old = house.pid.mosquitto;
        await until("the broker is back", () => house.read().pid.mosquitto !== old);
        const records = await house.records();
        const ended = records.find((r) => r.type === "closing.ended").seq;
        subscriber = house.subscribe(...session);
        await until("the end of the closing arrives", () => subscriber.on("event").some((e) => e.seq >= ended), 120_000);
        await subscriber.stop();

        // More than once is allowed, and recognisable; backwards only as a repetition.
        const events = [...seen, ...subscriber.on("event")];
        let highest = 0;
        for (const event of events) {
            assert.ok(highest === 0 || event.seq <= highest + 1, `${event.seq} after ${highest}`);
            highest = Math.max(highest, event.seq);
        }
        for (const event of events) {
            const record = records.find((r) => r.seq === event.seq);
            if (record) assert.equal(event.hash, record.hash);
        }
        const got = new Set(events.map((e) => e.seq));
        const authorised = records.find((r) => r.type === "closing.confirmed").seq;
        for (let seq = authorised; seq <= ended; ++seq) assert.ok(got.has(seq), `${seq} is missing`);
    });
});
