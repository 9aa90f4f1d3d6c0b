// Somebody at the broker who means harm: whatever he says has no effect but an answer, a record and a count, in an open
// hall and in the middle of a closing, judged by the plant and the journal.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { faultsOf } from "./documents.mjs";
import { HOSTILE, UNHEARD } from "./hostile_commands.mjs";
import { Stranger, TREE, command, listens, metric, timed } from "./stranger.mjs";
import { CIRCUITS, House, judge, until } from "./support.mjs";

/** Ten a second are taken for as long as one likes. */
const KEEPS_THE_RATE = 110;
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** What a command could have changed. */
async function effects(house) {
    const { closing, circuits, windows, lightbox, alarms } = await house.state();
    const targets = Object.fromEntries(Object.entries(circuits).map(([id, c]) => [id, c.target]));
    return { phase: closing.phase, confirmations: closing.confirmations.count, blockers: closing.blockers, targets,
        windows: Object.values(windows).map((w) => w.state), lightbox: lightbox.target, until: lightbox.override_until,
        alarms: alarms.map((a) => [a.id, a.acknowledged_by]) };
}
const idIn = (payload) => {
    try {
        const { id } = typeof payload === "string" ? JSON.parse(payload) : payload;
        return /^[0-9a-f-]{36}$/.test(id) ? id : "";
    } catch {
        return "";
    }
};

/** Says each command, and holds answer, journal and count against what is written. */
async function withstand(house, stranger, list) {
    const from = (await house.records()).at(-1).seq;
    const counted = () => metric(house, "hall_commands_rejected_total");
    const before = await counted();
    const wanted = [];
    for (const [what, code, name, make, unread] of list) {
        const payload = make();
        const reply = await stranger.ask(name, payload);
        const told = `${what}: ${JSON.stringify(reply)}`;
        const id = unread ? "" : idIn(payload);
        assert.deepEqual([reply.result, reply.code, reply.id], ["rejected", code, id], told);
        assert.ok(reply.message.length > 5, told);
        assert.ok(reply.correlation.toString().startsWith("ask "), told);
        const alone = JSON.stringify({ ...reply, correlation: undefined });
        assert.deepEqual(faultsOf([{ topic: `${TREE}reply/x`, payload: alone }]), [], told);
        assert.ok(readme.includes(`\`${code}\``), `the README does not know ${code}`);
        if (id) {
            const own = await until(`${what}: the reply on its own topic`, () => stranger.on(`reply/${id}`)[0]);
            assert.equal(JSON.parse(own.payload).code, code);
        }
        wanted.push({ what, id, code, name });
        await pause(KEEPS_THE_RATE);
    }
    assert.equal(await counted() - before, list.length);
    const refused = (await house.records()).filter((r) => r.seq > from && r.type === "command.refused");
    assert.equal(refused.length, list.length);
    for (const [i, { what, id, code, name }] of wanted.entries()) {
        const { detail, rule, outcome, actors } = refused[i];
        assert.deepEqual([detail.id, detail.code, rule, outcome, actors], [id, code, "R31", "refused", ["mqtt"]], what);
        // Not more of a name than somebody can read, and nothing that is not text.
        assert.ok(name.startsWith(detail.name.replace(/\ufffd+$/, "")) && detail.name.length <= 64, what);
        assert.ok(name === "" || detail.name.length >= Math.min(name.length, 20), what);
    }
}

const killed = async (house) => {
    await house.killDaemon();
    await house.ready();
    await listens(house);
};

describe("hostile commands in an open hall", () => {
    let house, stranger, mark, quiet;
    before(async () => {
        house = await House.start();
        stranger = await Stranger.at(house);
        mark = await house.mark();
        quiet = await effects(house);
    });
    after(async () => {
        await stranger?.leave();
        await house?.demolish();
    });
    afterEach(async () => {
        await house.untouchedSince(mark);
        assert.deepEqual(await effects(house), quiet);
    });

    it("each is refused with its code, counted and recorded", async () => {
        const from = (await house.records()).at(-1).seq;
        await withstand(house, stranger, HOSTILE);
        const others = (await house.records()).filter((r) => r.seq > from && r.type !== "command.refused");
        assert.deepEqual(others, [], "records of what they did");
    });

    it("refused by the rules: nothing to cancel, no such alarm", async () => {
        assert.equal((await stranger.ask("closing.cancel", command())).code, "nothing_to_cancel");
        const reply = await stranger.ask("alarm.acknowledge", command({ args: { alarm: "x" } }));
        assert.equal(reply.code, "alarm_unknown");
    });

    it("what is said elsewhere is not heard", async () => {
        const from = (await house.records()).at(-1).seq;
        const sent = UNHEARD.map(([, topic, make = () => command()]) => [topic, make()]);
        const before = stranger.heard.length;
        for (const [topic, payload] of sent) {
            await stranger.say(topic, payload, { responseTopic: `elsewhere/unheard/${topic.length}` });
        }
        await stranger.settled();
        const answers = stranger.heard.slice(before).filter((m) => m.topic.startsWith("elsewhere/unheard")
            || sent.some(([, payload]) => m.topic === `${TREE}reply/${idIn(payload)}`));
        assert.deepEqual(answers, []);
        const refused = (await house.records()).filter((r) => r.seq > from && r.type === "command.refused");
        assert.deepEqual(refused, []);
    });

    it("a replay is refused: at once, in capitals, as another command, after kill -9, after a restart", async () => {
        await pause(1000); // several at once
        const good = command();
        assert.equal((await stranger.ask("status.refresh", good)).result, "done");
        const again = async (name, payload, what) => {
            const reply = await stranger.ask(name, payload);
            assert.deepEqual([reply.result, reply.code], ["rejected", "duplicate"], what);
        };
        await again("status.refresh", good, "at once");
        await again("status.refresh", { ...good, id: good.id.toUpperCase() }, "in capitals");
        await again("status.refresh", { ...good, issued: timed(1, 0).issued }, "with another time");
        await again("closing.cancel", good, "as another command");
        await killed(house);
        await again("status.refresh", good, "after kill -9");
        await stranger.leave();
        await house.stop();
        await house.launch();
        await listens(house);
        stranger = await Stranger.at(house);
        mark = await house.mark();
        await again("status.refresh", good, "after a restart");
        await again("closing.cancel", { ...good, id: good.id.toUpperCase() }, "after a restart, in capitals");
        assert.equal((await stranger.ask("status.refresh", command())).result, "done");
    });

    it("one that is retained is refused at each start, and goes when it is removed", async () => {
        const held = command();
        await stranger.say("command/closing.cancel", held, { retain: true });
        await stranger.settled();
        const refusals = () => stranger.on(`reply/${held.id}`).map((m) => JSON.parse(m.payload).code);
        await killed(house);
        await until("it is refused", () => refusals().includes("retained"));
        await stranger.say("command/closing.cancel", "", { retain: true });
        const seen = refusals().length;
        await killed(house);
        await stranger.settled();
        assert.equal(refusals().length, seen);
    });

    it("one that is sent to be retained while the daemon listens is refused, too", async () => {
        const reply = await stranger.ask("status.refresh", command(), { retain: true });
        await stranger.say("command/status.refresh", "", { retain: true });
        assert.equal(reply.code, "retained");
    });

    it("nothing is answered into the hall's own tree, nor to a wildcard, nor to the broker", async () => {
        await pause(1500); // the rate's whole burst
        for (const topic of ["status", "closing", "alarm/x", "event", "circuit/pc1", "journal/head", "attendance",
            "agent/pc1/reply", "command/closing.cancel"]) {
            const asked = command();
            await stranger.say("command/closing.start", asked, { responseTopic: TREE + topic });
            await until("the answer", () => stranger.on(`reply/${asked.id}`).length);
            await stranger.settled();
            const there = stranger.on(topic).filter((m) => m.payload.includes('"result":"rejected"'));
            assert.deepEqual(there, [], topic);
            await pause(2 * KEEPS_THE_RATE);
        }
        // The broker may end the connection of one who asks for an answer there.
        for (const topic of ["hall/#", "elsewhere/+", "$SYS/broker/uptime", "#", "x".repeat(300)]) {
            const asked = command();
            const other = await Stranger.at(house);
            const said = other.say("command/closing.start", asked, { responseTopic: topic }).catch(() => {});
            await Promise.race([said, pause(500)]);
            await other.leave();
            await pause(KEEPS_THE_RATE);
        }
        await stranger.settled();
        assert.equal((await stranger.order("status.refresh")).result, "done");
    });

    it("huge correlation data do no harm", async () => {
        const correlationData = Buffer.alloc(60_000, "x");
        const responseTopic = "elsewhere/huge";
        await stranger.say("command/closing.start", command(), { correlationData, responseTopic });
        await stranger.settled();
        assert.equal(await metric(house, "hall_broker_connected"), 1);
    });

    it("what others say for the hall goes with status.refresh, a forged alarm by itself", async () => {
        const forged = { status: { state: "offline" }, closing: { phase: "closed" }, "circuit/pc1": { actual: "off" },
            "journal/head": { seq: 1 }, "alarm/fire": { code: "fire" } };
        for (const [topic, body] of Object.entries(forged)) await stranger.say(topic, body, { retain: true });
        // What a newcomer is told.
        const told = async () => {
            const newcomer = await Stranger.at(house);
            await newcomer.settled();
            await newcomer.leave();
            const stands = (topic) => newcomer.on(topic)
                .some((m) => m.retained && m.payload === JSON.stringify(forged[topic]));
            return Object.keys(forged).filter(stands);
        };
        await until("the alarm is removed", async () => !(await told()).includes("alarm/fire"));
        await stranger.order("status.refresh");
        await until("the truth alone is told", async () => (await told()).length === 0);
    });
});

describe("hostile commands while the hall is closed", () => {
    let house, stranger;
    before(async () => {
        house = await House.startWith((text) => text.replace(/^stop = \[\{ method = "command".*$/m,
            "stop = [{ method = \"mqtt\", timeout = 60 }]"));
        stranger = await Stranger.at(house);
    });
    after(async () => {
        await stranger?.leave();
        await house?.demolish();
    });

    it("not one PC loses its power by them, and the two persons' closing ends", async () => {
        // pc1 asks its agent, which everybody can answer who has read the question; pc3 hears nothing.
        await house.set({ "pc.pc1": "hang", "pc.pc3": "hang" });
        const mark = await house.mark();
        await house.authorise();
        await house.reached("stopping");
        const asked = await until("the agent is asked", () => stranger.on("agent/pc1")[0]);
        const { id } = JSON.parse(asked.payload);
        for (const payload of [{ id: command().id, result: "done" }, "", "[".repeat(1900), { id }, { id, result: 1 },
            { id, result: "done", message: "x".repeat(3000) }]) await stranger.say("agent/pc1/reply", payload);
        await stranger.say("agent/pc2/reply", { id, result: "done" });
        await stranger.say("agent/pc1/reply", { id, result: "done" }, { retain: true });
        await stranger.say("agent/pc1/reply", "", { retain: true });
        for (const message of ["closing", "circuit/pc3", "status"]) await stranger.say(message, { phase: "open" });
        await withstand(house, stranger, HOSTILE.filter((_, i) => i % 2 === 0));
        const state = await house.state();
        assert.ok(["stopping", "cutting", "hold"].includes(state.closing.phase), state.closing.phase);
        const cuts = judge(await house.trace(), mark);
        assert.ok(!cuts.includes("pc1") && !cuts.includes("pc3"), cuts.join());
        await house.set({ "pc.pc1": "off", "pc.pc3": "off" });
        await house.reached("closed");
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        assert.equal((await stranger.order("lightbox.override", { until: "permanent", lit: false })).result, "done");
        await until("the lightbox obeys", async () => (await house.plant()).lightbox === "off");
    });
});
