// Two people close the demo hall, and everything around it says the same.
import assert from "node:assert/strict";
import {
    copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CIRCUITS, House, hallctl, judge, until } from "./support.mjs";

describe("closing the demo hall", () => {
    let house, subscriber, mark;
    before(async () => {
        house = await House.start();
        subscriber = house.subscribe();
    });
    after(async () => {
        await subscriber?.stop();
        await house?.demolish();
    });

    it("the first person alone changes nothing in the hall", async () => {
        mark = await house.mark();
        const plan = (await house.state()).closing.plan;
        assert.deepEqual(plan.cut, CIRCUITS);
        const reply = await house.confirm(0);
        assert.equal(reply.status, 200);
        assert.equal(reply.body.closing.phase, "collecting");
        assert.equal(reply.body.closing.confirmations.count, 1);
        await house.untouchedSince(mark);
    });

    it("the second one's word closes it", async () => {
        const reply = await house.confirm(1);
        assert.equal(reply.status, 200);
        assert.equal(reply.body.closing.phase, "countdown");
        await house.untouchedSince(mark);
        const state = await house.reached("closed", "partial");
        assert.equal(state.closing.phase, "closed");
        for (const id of CIRCUITS) {
            assert.equal(state.circuits[id].actual, "off", id);
            assert.equal(state.circuits[id].pc, "off", id);
        }
    });

    it("every PC was off before its supply was cut, and the lightbox burns", async () => {
        assert.deepEqual(judge(await house.trace(), mark), CIRCUITS);
        await until("the lightbox burns", async () => (await house.plant()).lightbox === "on");
    });

    it("the retained topics say so to whoever comes later", async () => {
        const late = house.subscribe();
        await until("all retained topics", () => late.last("closing")?.phase === "closed"
            && late.last("lightbox")?.actual === "on" && late.last("journal/head")
            && CIRCUITS.every((id) => late.last(`circuit/${id}`)?.actual === "off"));
        await late.stop();
        assert.equal(late.last("status").state, "online");
        for (const id of ["west_door", "east_door", "north_window"])
            assert.equal(late.last(`contact/${id}`).state, "closed");
        for (const { topic, retained } of late.messages.filter((m) => m.topic !== "event"))
            assert.ok(retained || !/^(status|closing|circuit|contact|journal)/.test(topic) || topic === "circuit", topic);
        for (const topic of ["closing", "status", "lightbox"]) {
            assert.match(late.last(topic).ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$/);
            assert.match(late.last(topic).clock, /^(un)?trusted$/);
        }
    });

    it("status and metrics tell how each device answers, and which one does not", async () => {
        const status = async () => JSON.parse((await hallctl("--state", house.folder, "status", "--json")).stdout).devices;
        const devices = await status();
        assert.equal(Object.keys(devices).length, 12);
        for (const [id, device] of Object.entries(devices)) {
            assert.ok(device.up && device.answers > 0 && device.latency_ms > 0, `${id}: ${JSON.stringify(device)}`);
            assert.ok(device.slowest_ms >= device.latency_ms, id);
        }
        assert.ok(devices.buttons1.answers > devices.meter1.answers, "inputs are read more often than meters");
        await house.set({ "device.meter4": "down" });
        await until("meter4 is lost", async () => !(await status()).meter4.up);
        const lost = (await status()).meter4;
        assert.ok(lost.timeouts >= 2, JSON.stringify(lost));
        assert.equal((await status()).meter3.up, true);
        const metrics = await (await fetch(`${house.panel}/metrics`)).text();
        assert.match(metrics, /^hall_device_up\{bus="field",device="meter4",unit="\d+"\} 0$/m);
        assert.match(metrics, /^hall_device_up\{bus="field",device="meter3",unit="\d+"\} 1$/m);
        assert.match((await hallctl("--state", house.folder, "status")).stdout, /^device +meter4 +lost .* timeouts/m);
        await until("the broker knows", () => subscriber.last("device/meter4")?.up === false);
        await house.set({ "device.meter4": "up" });
        await until("meter4 is back", async () => (await status()).meter4.up);
        await until("the broker knows", () => subscriber.last("device/meter4")?.up === true);
    });

    it("the journal tells who confirmed what, before anything was cut", async () => {
        const records = await house.records();
        records.forEach((r, i) => assert.equal(r.seq, i + 1));
        const kinds = records.map((r) => r.type);
        const authorised = records[kinds.lastIndexOf("closing.authorised")];
        assert.deepEqual(authorised.actors, ["1001", "1002"]);
        assert.ok(kinds.indexOf("closing.cut_ordered") > kinds.lastIndexOf("closing.authorised"));
        assert.equal(kinds.filter((k) => k === "closing.cut_proven").length, CIRCUITS.length);
    });

    it("the journal verifies; with one byte changed it does not, and the record is named", async () => {
        const fine = await hallctl("--state", house.folder, "audit", "verify");
        assert.equal(fine.code, 0, fine.stdout + fine.stderr);
        const key = readdirSync(house.folder).find((name) => name.endsWith(".pub"));
        const copy = join(house.folder, "copy");
        mkdirSync(copy);
        for (const name of ["journal.db", "journal.db-wal"])
            if (existsSync(join(house.folder, name))) copyFileSync(join(house.folder, name), join(copy, name));
        const verify = () => hallctl("audit", "verify", "--file", join(copy, "journal.db"),
            "--key", join(house.folder, key), "--json");
        assert.equal((await verify()).code, 0);
        const seq = (await house.records()).find((r) => r.type === "closing.authorised").seq;
        for (const name of ["journal.db", "journal.db-wal"]) {
            const file = join(copy, name);
            if (!existsSync(file)) continue;
            const bytes = readFileSync(file);
            for (let at = bytes.indexOf("closing.authorised"); at >= 0; at = bytes.indexOf("closing.authorised", at + 1))
                bytes[at] ^= 1;
            writeFileSync(file, bytes);
        }
        const broken = await verify();
        assert.equal(broken.code, 1, broken.stdout + broken.stderr);
        const verdict = JSON.parse(broken.stdout);
        assert.equal(verdict.bad_seq, seq);
        assert.match(verdict.message, new RegExp(`\\b${seq}\\b`));
    });

    it("no PIN is in anything that was written or sent", () => {
        const files = (folder) => readdirSync(folder).flatMap((name) => {
            const path = join(folder, name);
            const kind = statSync(path);
            if (kind.isDirectory() && !["devices", "calendar"].includes(name)) return files(path);
            return kind.isFile() && !["demo-staff.json", "run.json"].includes(name) ? [path] : [];
        });
        const texts = files(house.folder).map((path) => [path, readFileSync(path, "latin1")]);
        texts.push(["MQTT", subscriber.messages.map((m) => m.payload).join("\n")]);
        assert.ok(texts.length > 5);
        for (const { pin } of house.staff) {
            for (const [where, text] of texts)
                assert.doesNotMatch(text, new RegExp(`(?<![0-9A-Za-z.+/=_-])${pin}(?![0-9A-Za-z.+/=_-])`), where);
        }
    });

    it("one person opens the hall again, one PC after the other", async () => {
        const begun = await house.mark();
        await house.open(3);
        const on = (await house.trace()).filter((e) => e.n > begun && /^contactor/.test(e.thing));
        assert.deepEqual(on.map((e) => e.value), CIRCUITS.map(() => "closed"));
        for (let i = 1; i < on.length; ++i) assert.ok(on[i].t - on[i - 1].t >= 300, "staggered");
        await until("the lightbox is dark", async () => (await house.plant()).lightbox === "off");
    });
});

describe("./run", () => {
    let house;
    before(async () => { house = await House.startDemo(); });
    after(() => house?.demolish());

    it("refuses a second start on the same folder", async () => {
        const second = new House();
        second.folder = house.folder;
        await assert.rejects(second.launch(), /Already running on/);
        await house.reached("open");
    });

    it("starts again with the same staff after it has ended", async () => {
        const staff = house.staff;
        await house.stop();
        await house.launch();
        assert.deepEqual(house.staff, staff);
        assert.equal((await house.post("opening/open", house.who(0))).body.code, "already_open");
    });

    it("takes its children with it when it is killed, and starts again", async () => {
        const { pid } = house;
        process.kill(pid.run, "SIGKILL");
        await house.launch();
        for (const name of Object.keys(pid)) assert.notEqual(house.pid[name], pid[name]);
    });

    it("starts each program again that dies", async () => {
        for (const name of ["halld", "hallsim", "mosquitto"]) {
            const before = house.pid[name];
            process.kill(before, "SIGKILL");
            await until(`${name} runs again`, () => house.read().pid[name] !== before);
        }
        await house.ready();
    });
});

describe("./run, when chance deals a PIN that everybody would guess", () => {
    let house, folder;
    before(async () => {
        // The first number that is drawn is all zeros; then chance is itself again.
        folder = mkdtempSync(join(tmpdir(), "hall-chance-"));
        writeFileSync(join(folder, "shuf"), `#!/bin/sh
[ -e ${folder}/drawn ] && exec /usr/bin/shuf "$@"
: >${folder}/drawn
printf '0\\n0\\n0\\n0\\n0\\n0\\n'
`, { mode: 0o755 });
        house = await House.startDemoWith(folder);
    });
    after(async () => {
        await house?.demolish();
        rmSync(folder, { recursive: true });
    });

    it("draws another, and everybody is enrolled", async () => {
        assert.ok(existsSync(join(folder, "drawn")), "the number came from elsewhere");
        assert.equal(new Set(house.staff.map((one) => one.pin)).size, 6);
        for (const { pin } of house.staff) assert.match(pin, /^(?!0{6})\d{6}$/);
        assert.equal((await house.post("opening/open", house.who(0))).body.code, "already_open");
    });
});
