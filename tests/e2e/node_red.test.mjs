// The shipped Node-RED flow (config/node-red) at a desk with two halls: its page in a browser against what the hall is.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "../panel/browser.mjs";
import { Desk, SHIPPED } from "./desk.mjs";
import { CIRCUITS, House, shell, until } from "./support.mjs";

const ARTEFACTS = fileURLToPath(new URL("../artefacts", import.meta.url));

describe("the shipped Node-RED flow", () => {
    let house, desk, browser, page;
    const errors = [];
    /** Waits until a place on the page says something; `no` waits until it does not. */
    const says = (place, text, no) => until(`${place} says ${no ?? ""} ${text}`, async () => {
        const there = (await page.locator(place).allInnerTexts()).join("\n");
        return (text instanceof RegExp ? text.test(there) : there.includes(text)) !== (no === "not");
    }, undefined, () => page.locator("body").innerText());
    const shot = (name) => page.screenshot({ path: join(ARTEFACTS, `node_red_${name}.png`), fullPage: true });
    const neighbour = (topic, body) => shell("mosquitto_pub", ["-h", "127.0.0.1", "-p", house.port, "-r", "-q", "1",
        "-t", `hall/v1/south/${topic}`, "-m",
        JSON.stringify({ ts: "2026-01-05T17:40:00.000+08:00", clock: "trusted", ...body })]);
    /** Ends a program of the house; ./run stands still meanwhile, or it would start it again at once. */
    const stop = (name, signal = "SIGTERM") => {
        house.process.kill("SIGSTOP");
        process.kill(house.pid[name], signal);
    };
    const restarted = (name) => {
        const before = house.pid[name];
        return until(`${name} runs again`, () => house.read().pid[name] !== before);
    };
    const ack = () => page.locator("[data-send='alarm.acknowledge']");

    before(async () => {
        mkdirSync(ARTEFACTS, { recursive: true });
        house = await House.startWith((text) => text.replace("[mqtt]", "[mqtt]\nhome_assistant = true"));
        desk = await Desk.start({ HALL_BROKER: house.run.mqtt });
        browser = await launch();
        page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
        page.on("pageerror", (error) => errors.push(String(error)));
        page.on("console", (message) => {
            const text = message.text();
            if (message.type() === "error" && !/Failed to load resource/.test(text)) errors.push(text);
        });
    });
    after(async () => {
        await browser?.close();
        desk?.process.kill("SIGCONT");
        house?.process.kill("SIGCONT");
        const ends = await Promise.allSettled([desk?.end(), house?.demolish()]);
        for (const { reason } of ends) if (reason) throw reason;
        assert.deepEqual(errors, [], "what went wrong in the page");
    });

    it("is what its parts say", async () => {
        const { code, stderr } = await shell(join(SHIPPED, "assemble"), ["--check"]);
        assert.equal(code, 0, stderr);
    });

    it("shows an open hall as it is", async () => {
        await page.goto(desk.url);
        await says("#halls", "滕州供水客户服务大厅（演示）");
        await says(".head", "营业中");
        const state = await house.state();
        await says(".head", "在线");
        await says("#link", "已连接");
        for (const id of CIRCUITS) await says(`[data-circuit=${id}]`, /通电\s+通电\s+运行中\s+\d+\.\d/);
        const watts = (id) => page.locator(`[data-circuit=${id}] .number`).innerText();
        await until("the watts that were told", async () => {
            const shown = await Promise.all(CIRCUITS.map(watts));
            return CIRCUITS.every((id, i) => shown[i] === house.ear.last(`circuit/${id}`).watts.toFixed(1));
        });
        for (const [id, w] of Object.entries(state.windows)) await says(`[data-window="${id}"]`, w.name);
        for (const [id, c] of Object.entries(state.contacts)) await says(`[data-contact=${id}]`, `${c.name}\n已关好`);
        await says("#lightbox", "熄灭");
        await says("#alarms", "无");
        await says("#blockers", "无");
        await says(".head", /最后消息 \d\d:\d\d:\d\d \(\d+秒前\)/);
        await shot("open");
    });

    it("an open door hinders the closing until it is shut", async () => {
        await house.set({ "contact.west_door": "open" });
        await says("[data-contact=west_door]", "开着");
        await says("#blockers", "西门");
        await house.set({ "contact.west_door": "closed" });
        await says("[data-contact=west_door]", "已关好");
        await says("#blockers", "无");
    });

    it("an alarm appears, is acknowledged by a press, and goes when it is over", async () => {
        const now = Date.now(), at = (ms) => new Date(now + ms).toISOString();
        const say = (name, n, args) => house.publish(`command/${name}`, {
            id: `00000000-0000-4000-8000-00000000000${n}`, issued: at(0), expires: at(60_000), args,
        });
        await say("fault.raise", 1, { window: "2", text: "the light flickers" });
        await says("#alarms", /2号窗口.*window_fault/s);
        await says("[data-window='2']", "故障");
        await ack().waitFor();
        await shot("alarm");
        await ack().click();
        await says("[data-command='alarm.acknowledge']", "完成");
        await says("#alarms", "已确认");
        const alarm = house.alarm(await house.state(), "window_fault");
        assert.notEqual(alarm.acknowledged_by, null);
        assert.equal(await ack().count(), 0);
        await say("window.set", 2, { window: "2", state: "serving" });
        await says("#alarms", "无");
        await says("[data-window='2']", "服务中");
    });

    it("asks a hall to say everything again", async () => {
        const told = () => house.ear.on("window/1").length;
        const already = told();
        await page.locator("[data-send='status.refresh']").click();
        await says("[data-command='status.refresh']", "完成");
        await until("all of it came again", () => told() > already);
    });

    it("sends nothing that it should not", async () => {
        const before = house.ear.messages.filter((m) => m.topic.startsWith("command/")).length;
        const refused = async (status, ...request) => assert.equal((await desk.post(...request)).status, status);
        const json = { "Content-Type": "application/json" }, refresh = { hall: "demo", name: "status.refresh" };
        await refused(400, { hall: "demo", name: "closing.cancel" });
        await refused(404, { hall: "nowhere", name: "status.refresh" });
        await refused(404, { hall: "__proto__", name: "status.refresh" });
        await refused(404, { hall: "demo", name: "alarm.acknowledge", args: { alarm: "none" } });
        await refused(403, refresh, { "Content-Type": "text/plain" });
        await refused(403, refresh, { ...json, Origin: "http://elsewhere.example" });
        await refused(200, refresh, { ...json, Origin: `http://127.0.0.1:${desk.port}` });
        await until("the one that it may", () => house.ear.messages
            .filter((m) => m.topic.startsWith("command/")).length > before);
        assert.equal(house.ear.messages.filter((m) => m.topic.startsWith("command/")).length, before + 1);
    });

    it("lists several halls, the worst first, and shows the one that is chosen", async () => {
        await neighbour("status", { state: "offline", boot_id: "b", version: "1", config_sha256: "c" });
        await says("#halls", "south");
        assert.deepEqual((await desk.state()).halls.map((h) => h.id), ["south", "demo"]);
        await says("[data-hall=south]", "离线");
        await page.locator("[data-hall=south]").click();
        await says(".head", "south");
        await says(".notice", "离线");
        await shot("halls");
    });

    it("shows a command without a reply as such, and a refusal in the hall's own words", async () => {
        await page.locator("[data-send='status.refresh']").click();
        await says("[data-command='status.refresh']", "等待回复");
        const [{ id }] = (await desk.state("south")).hall.commands;
        await neighbour(`reply/${id}`, { id, result: "rejected", code: "expired", message: "命令过期了" });
        await says("[data-command='status.refresh']", /被拒绝\s+命令过期了/);
        await page.locator("[data-hall=demo]").click();
        await says(".head", "滕州");
    });

    it("fits on wide and narrow screens", async () => {
        for (const width of [1920, 1440, 1024, 700]) {
            await page.setViewportSize({ width, height: 900 });
            const cut = await page.evaluate(() => [...document.querySelectorAll("body *")]
                .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
                .filter((e) => getComputedStyle(e).display !== "inline")
                .map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`));
            assert.deepEqual(cut, [], `at ${width}`);
            assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), `at ${width}`);
            if (width === 700) await shot("narrow");
        }
        await page.setViewportSize({ width: 1440, height: 900 });
    });

    it("follows a closing to its end", async () => {
        await house.authorise();
        await says(".head", /即将断电|正在关机|正在断电/);
        await house.reached("closed");
        await says(".head", "已关厅");
        for (const id of CIRCUITS) await says(`[data-circuit=${id}]`, /断电\s+断电\s+已关机/);
        await says("#lightbox", "亮着");
        await says("#events", "closing");
        await shot("closed");
    });

    it("speaks English, too", async () => {
        await page.locator("#language").click();
        await says(".head", "Closed");
        await says("#lightbox", "Lit");
        await shot("english");
        await page.locator("#language").click();
        await says(".head", "已关厅");
    });

    it("a hall that stops turns offline, and online when it is back", async () => {
        stop("halld");
        await says(".head", "离线");
        await says(".notice", "离线");
        await says("[data-hall=demo]", "离线");
        await shot("offline");
        house.process.kill("SIGCONT");
        await says(".head", "在线");
        assert.equal(await page.locator(".notice").count(), 0);
        await restarted("halld");
    });

    it("says so when the broker is gone, sends nothing then, and forgets what the broker has forgotten", async () => {
        stop("mosquitto", "SIGKILL");
        await says("#link", "断开");
        assert.ok(await page.locator("[data-send='status.refresh']").isDisabled());
        assert.equal((await desk.post({ hall: "demo", name: "status.refresh" })).status, 503);
        await shot("broker_away");
        house.process.kill("SIGCONT");
        await says("#link", "已连接");
        await says(".head", "在线");
        assert.doesNotMatch(await page.locator("#halls").innerText(), /south/);
        await restarted("mosquitto");
    });

    it("says so when Node-RED is gone", async () => {
        desk.process.kill("SIGSTOP");
        await says("#link", "没有应答");
        desk.process.kill("SIGCONT");
        await says("#link", "已连接");
    });
});
