// The shipped adapter (config/node-red/platforms) between a hall and brokers as ThingsBoard and JetLinks have them:
// what arrives there against what those platforms document, and against what the hall said.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Adapter, faultOf, Platform, SHIPPED } from "./platforms/adapter.mjs";
import { CIRCUITS, House, until } from "./support.mjs";

/** Users of a mosquitto, as it wants them. */
function passwords(folder, users) {
    const file = join(folder, "passwords");
    writeFileSync(file, "", { mode: 0o600 });
    for (const [user, password] of users)
        execFileSync("mosquitto_passwd", ["-b", file, user, password], { stdio: "pipe" });
    return readFileSync(file, "utf8");
}

describe("the shipped adapter to other platforms", () => {
    let house, folder, boards = [], adapters = [];
    const names = {
        thingsboard: { hall: "demo", of: (part, id) => `demo ${part} ${id}` },
        jetlinks: { hall: "hall-demo", of: (part, id) => `${part}-demo-${id}` },
    };
    const parts = (board) => [names[board.name].hall, ...[["circuit", CIRCUITS],
        ["window", [..."12345678"]], ["contact", ["west_door", "east_door", "north_window"]]]
        .flatMap(([part, ids]) => ids.map((id) => names[board.name].of(part, id)))].sort();
    const each = (work) => Promise.all(boards.map((board) => work(board, names[board.name])));
    const ms = (body) => Date.parse(body.ts);
    const same = (what, told, said) => until(what, () => JSON.stringify(told()) === JSON.stringify(said()), undefined,
        () => `told ${JSON.stringify(told())}\nsaid ${JSON.stringify(said())}`);
    const all = (board, since = 0) => same(`${board.name} knows all devices as there`,
        () => board.present(since), () => parts(board));
    /** The latest on the platform is what the hall said last, for all that there is. */
    const agrees = (board, name, since = 0) => Promise.all([
        same("phase", () => board.last(name.hall, "phase", since), () => house.ear.last("closing").phase),
        same("state", () => board.last(name.hall, "state", since), () => house.ear.last("status").state),
        same("lightbox", () => board.last(name.hall, "lightbox", since), () => house.ear.last("lightbox").actual),
        ...CIRCUITS.flatMap((id) => ["target", "actual", "pc", "watts", "quality"].map((key) => same(`${id} ${key}`,
            () => board.last(name.of("circuit", id), key, since), () => house.ear.last(`circuit/${id}`)[key]))),
        ...["1", "5", "8"].map((id) => same(`window ${id}`, () => board.last(name.of("window", id), "state", since),
            () => house.ear.last(`window/${id}`).state)),
        same("door", () => board.last(name.of("contact", "west_door"), "state", since),
            () => house.ear.last("contact/west_door").state),
    ]);
    let number = 0;
    const command = (what, args) => house.publish(`command/${what}`, {
        id: `00000000-0000-4000-8000-0000000000${String(++number).padStart(2, "0")}`, args,
        issued: new Date().toISOString(), expires: new Date(Date.now() + 60_000).toISOString(),
    });
    const standing = (board, window, since) => (board.name === "thingsboard"
        ? board.last("demo", `alarm window_fault.${window}`, since)
        : board.facts(since).filter((f) => f.event === "alarm" && f.values.id === `window_fault.${window}`)
            .at(-1)?.values.standing);
    const raise = (window) => command("fault.raise", { window, text: "the light flickers" });
    /** Over and acknowledged, so that the hall removes it. */
    const over = async (window) => {
        await command("window.set", { window, state: "serving" });
        await command("alarm.acknowledge", { alarm: `window_fault.${window}` });
        await until("the hall has removed the alarm", () => house.ear.messages
            .some((m) => m.topic === `alarm/window_fault.${window}` && m.payload === ""));
    };

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "hall-platforms-"));
        house = await House.start();
        boards = [await Platform.start("thingsboard", ""), await Platform.start("jetlinks",
            passwords(folder, [["the-platform", "heard"], ["secure-id", "secure-key"]]))];
        writeFileSync(join(folder, "thingsboard"), "ACCESS-TOKEN\n");
        writeFileSync(join(folder, "jetlinks"), "secure-id\nsecure-key\n");
        adapters = await Promise.all(boards.map((board) => Adapter.start({
            HALL_BROKER: house.run.mqtt, HALL_PLATFORM: board.address,
            HALL_PLATFORM_MAP: join(SHIPPED, `${board.name}.json`), HALL_PLATFORM_CREDENTIALS: join(folder, board.name),
        })));
    });
    after(async () => {
        house?.process.kill("SIGCONT");
        const ends = await Promise.allSettled([...adapters.map((a) => a.end()), house?.demolish()]);
        ends.push(...await Promise.allSettled(boards.map((board) => board.end())));
        rmSync(folder, { recursive: true });
        for (const { reason } of ends) if (reason) throw reason;
    });

    it("signs in as each platform wants it", () => each(async (board) => {
        const who = board.name === "thingsboard" ? /as nodered\w+ \(.*u'ACCESS-TOKEN'\)/
            : /as hall-gateway-1 \(.*u'secure-id'\)/;
        await until("it has signed in", () => who.test(board.log), undefined, () => board.log);
    }));

    it("tells an open hall as it is, every device announced before it is spoken of", () => each(async (board, name) => {
        await all(board);
        await agrees(board, name);
        await same("no alarms", () => board.last(name.hall, "alarms"), () => 0);
        const announced = new Set();
        for (const { topic, text } of board.told) {
            const body = JSON.parse(text);
            const device = board.name === "jetlinks" ? topic.split("/")[4] : body.device ?? Object.keys(body)[0];
            if (/\/(connect|online)$/.test(topic)) announced.add(device);
            else if (!topic.endsWith("/register")) assert.ok(announced.has(device), `${device} in ${topic}`);
        }
    }));

    it("an alarm is raised there, and cleared when the hall removes it", async () => {
        await raise("2");
        await each(async (board, name) => {
            await until("it stands there", () => standing(board, "2") === true);
            await until("it is counted", () => board.last(name.hall, "alarms") === 1);
        });
        await over("2");
        await each(async (board, name) => {
            await until("it is cleared there", () => standing(board, "2") === false);
            await until("it is counted no more", () => board.last(name.hall, "alarms") === 0);
        });
    });

    it("a closing arrives whole: every phase, circuit and record, with the hall's times", async () => {
        const begin = Date.now(), mark = house.ear.last("event").seq;
        await house.authorise();
        await house.reached("closed");
        await until("the lightbox is lit", () => house.ear.last("lightbox").actual === "on");
        const since = (topic, pick) => house.ear.on(topic).filter((b) => ms(b) >= begin).map((b) => [ms(b), pick(b)]);
        const late = ([at]) => at >= begin;
        await each(async (board, name) => {
            await agrees(board, name);
            await same("phases", () => board.values(name.hall, "phase").filter(late),
                () => since("closing", (b) => b.phase));
            assert.ok(board.values(name.hall, "phase").filter(late).length >= 4);
            for (const id of CIRCUITS) {
                for (const key of ["actual", "pc"]) {
                    await same(`${id} ${key}`, () => board.values(name.of("circuit", id), key).filter(late),
                        () => since(`circuit/${id}`, (b) => b[key]));
                }
            }
            const [seq, hash] = board.name === "jetlinks" ? ["seq", "hash"] : ["record", "record_hash"];
            const records = () => board.facts().filter((f) => f.values[seq] > mark);
            const events = () => house.ear.on("event").filter((b) => b.seq > mark);
            await same("records", () => records().map(({ values }) => [values[seq], values[hash]]),
                () => events().map((b) => [b.seq, b.hash]));
            // ThingsBoard has one value in a millisecond: records of one step are told a little apart.
            const times = records().map(({ at }) => at), said = events().map(ms);
            if (board.name === "thingsboard") assert.equal(new Set(times).size, times.length);
            else assert.deepEqual(times, said);
            times.forEach((at, i) => assert.ok(at >= said[i] && at - said[i] < 50, `${at} for ${said[i]}`));
        });
        await house.open();
    });

    it("while a platform is away nothing is kept for it, and afterwards it is told what is", async () => {
        await raise("3");
        await each((board) => until("an alarm stands there", () => standing(board, "3") === true));
        await each((board) => board.kill());
        await over("3");
        await raise("4");
        await house.set({ "contact.west_door": "open" });
        await until("the hall has said so", () => house.ear.last("contact/west_door").state === "open");
        await house.set({ "contact.west_door": "closed" });
        await until("the hall has said so", () => house.ear.last("contact/west_door").state === "closed");
        const missed = house.ear.on("event").at(-1).seq;
        const back = boards.map((board) => board.told.length);
        await each((board) => board.begin());
        await Promise.all(boards.map(async (board, i) => {
            const name = names[board.name], since = back[i];
            await all(board, since);
            await agrees(board, name, since);
            await until("what is over is cleared", () => standing(board, "3", since) === false);
            await until("what is new stands", () => standing(board, "4", since) === true);
            await until("the sum is right", () => board.last(name.hall, "alarms", since) === 1);
            const door = board.values(name.of("contact", "west_door"), "state", since);
            assert.deepEqual(door.map(([, state]) => state), ["closed"]);
            const records = board.values(name.hall, board.name === "jetlinks" ? "seq" : "record", since);
            assert.deepEqual(records.filter(([, seq]) => seq <= missed), []);
        }));
    });

    it("nothing that a platform says reaches a hall: nothing is even subscribed there", async () => {
        const before = house.ear.messages.filter((m) => m.topic.startsWith("command/")).length;
        const invoke = "/hall-gateway/hall-gateway-1/child/hall-demo/function/invoke";
        await each(async (board) => {
            const text = JSON.stringify({ device: "demo", data: { id: 1, method: "closing.cancel", params: {} } });
            for (const topic of ["v1/gateway/rpc", invoke, "hall/v1/demo/command/closing.cancel"])
                await board.ear.publishAsync(topic, text, { qos: 1 });
            await until("all of it went through", () => board.told.some((m) => m.topic.endsWith("closing.cancel")));
            board.told = board.told.filter((m) => m.text !== text);
            assert.deepEqual(board.subscribers(), []);
        });
        // What comes after it on the same way has come: had there been a command, it would have been seen.
        await command("status.refresh", {});
        const sent = () => house.ear.messages.filter((m) => m.topic.startsWith("command/"));
        await until("a command of our own", () => sent().length > before);
        assert.deepEqual(sent().slice(before).map((m) => m.topic), ["command/status.refresh"]);
    });

    it("a hall that goes offline is away there, and back when it is", async () => {
        const marks = boards.map((board) => board.told.length);
        house.process.kill("SIGSTOP");
        process.kill(house.pid.halld, "SIGTERM");
        await each(async (board, name) => {
            await until("all of the hall is away", () => board.present().length === 0, undefined,
                () => board.present());
            assert.equal(board.last(name.hall, "state"), "offline");
        });
        house.process.kill("SIGCONT");
        await Promise.all(boards.map((board, i) => all(board, marks[i])));
        await each((board, name) => agrees(board, name));
    });

    it("so it is when the halls' broker is gone: nobody knows how they are", async () => {
        const before = house.pid.mosquitto;
        house.process.kill("SIGSTOP");
        process.kill(before, "SIGKILL");
        await each((board) => until("all of the hall is away", () => board.present().length === 0));
        house.process.kill("SIGCONT");
        await until("the broker runs again", () => house.read().pid.mosquitto !== before);
        await each((board) => all(board));
    });

    it("said nothing in all this that the platforms do not document, and everything that they do", () => {
        const kinds = {
            thingsboard: ["attributes", "connect", "disconnect", "telemetry"],
            jetlinks: ["event", "offline", "online", "properties", "register"],
        };
        for (const { name, told } of boards) {
            assert.deepEqual(told.map((m) => faultOf(name, m)).filter(Boolean).slice(0, 5), []);
            assert.deepEqual([...new Set(told.map((m) => m.topic.split("/")[name === "jetlinks" ? 5 : 2]))].sort(),
                kinds[name]);
        }
    });

    it("a mapping that is not good ends it before it speaks with anybody", async () => {
        const file = join(folder, "bad.json");
        writeFileSync(file, readFileSync(join(SHIPPED, "thingsboard.json"), "utf8")
            .replace('"phase": "phase"', '"phase": "fase"'));
        const from = boards[0].log.length;
        const adapter = Adapter.run({
            HALL_BROKER: house.run.mqtt, HALL_PLATFORM: boards[0].address, HALL_PLATFORM_MAP: file,
        });
        await until("it has ended", () => adapter.process.exitCode !== null, 20_000).finally(() => adapter.kill());
        assert.equal(adapter.process.exitCode, 2);
        assert.match(adapter.log,
            new RegExp(`^${file}:\\d+:\\d+: "fase" is no field of closing; there is phase, `, "m"));
        assert.doesNotMatch(boards[0].log.slice(from), /New connection|New client/);
    });
});
