// The hall at a glance, the small questions, a lost connection, the morning.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { STAFF } from "./mock.mjs";
import { alarm, openDoor } from "./mock_state.mjs";
import { asked, mock, screen, setStage, showAgain } from "./stage.mjs";

const [ONE] = STAFF;

setStage();

const dialogGone = () => screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
const done = () => screen.says("已办好");

describe("the hall at a glance", () => {
    it("shows windows with their PCs and watts, doors, sign, and the daemon's time", async () => {
        const windows = screen.page.locator(".window");
        assert.equal(await windows.count(), 8);
        assert.match(await windows.nth(2).innerText(), /3号窗口\s*暂停\s*运行中\s*94 瓦/);
        assert.equal(await screen.page.locator(".window").nth(0).locator(".lamp.serving.on").count(), 1);
        await screen.says("关厅后点亮");
        await screen.says("已过下班时间 17:30，还没有关厅");
        assert.equal(await screen.page.locator("time.now").innerText(), "17:35");
    });

    it("takes the time from the controller, whatever the browser's clock says", async () => {
        await screen.page.clock.install({ time: new Date("2019-03-03T03:03:03Z") });
        await screen.page.reload();
        await screen.title("营业中");
        assert.equal(await screen.page.locator("time.now").innerText(), "17:35");
        await screen.page.clock.fastForward(60_000);
        assert.equal(await screen.page.locator("time.now").innerText(), "17:36");
    });

    it("follows every change at once", async () => {
        mock.set((s) => {
            openDoor(s);
            s.windows["1"].state = "fault";
            s.circuits.pc1.quality = "stale";
            s.circuits.pc1.pc = "unknown";
            s.circuits.pc1.watts = null;
            alarm(s, "a1");
        });
        await screen.says("西门还开着，请去关好");
        await screen.says("4号窗口计算机的电表没有应答");
        assert.match(await screen.page.locator(".window").nth(0).innerText(), /故障\s*电表无应答/);
    });

    it("tells nothing about people while nobody acts", async () => {
        mock.set((s) => {
            alarm(s, "a1", { acknowledged_by: "1002" });
            s.closing.phase = "collecting";
            s.closing.seconds_left = 55;
            s.closing.confirmations = { count: 1, needed: 2, roles: ["first"], names: ["张三"] };
        });
        await screen.title("等待第二人确认");
        const text = await screen.everything();
        for (const word of ["1001", "1002", "张三"]) assert.ok(!text.includes(word), word);
        await screen.says("已有人确认");
    });

    it("says so when clock, journal or broker are in trouble", async () => {
        mock.set((s) => {
            s.clock = "untrusted";
            s.hall.journal = "unavailable";
            s.hall.broker = "away";
        });
        await screen.says("时钟未校准 · 日志无法写入 · 未连上管理系统");
    });

    it("does not call well what has an alarm or a lost bus", async () => {
        await screen.says("运行正常");
        mock.set((s) => alarm(s, "a1"));
        await screen.page.getByText("运行正常").waitFor({ state: "detached" });
        mock.set((s) => { s.links.power.up = false; });
        await screen.says("power 通信中断");
    });

    it("shows what a hall without windows, doors, sign and hours has", async () => {
        mock.set((s) => {
            s.windows = {};
            s.contacts = {};
            s.lightbox = null;
            s.closing.closes_at = null;
        });
        await screen.says("今天不上班");
        assert.equal(await screen.page.locator(".other").count(), 8);
    });

    it("shows names as text, whatever they hold", async () => {
        mock.set((s) => { s.windows["1"].name = "<img src=x onerror=alert(1)>"; });
        await screen.says("<img src=x onerror=alert(1)>");
    });
});

describe("a lost connection", () => {
    it("is shown at once and recovers by itself", async () => {
        await mock.stop();
        await screen.page.locator("#lost", { hasText: "与控制器失去联系。画面停在 17:35" }).waitFor();
        await screen.shot("lost");
        mock.state.closing.phase = "closed";
        mock.state.closing.ended = "2026-11-24T17:36:00.000+08:00";
        await mock.start(mock.port);
        await screen.title("已关厅");
        assert.equal(await screen.page.locator("#lost p").count(), 0);
    });

    it("falls back to asking when no WebSocket can be had", async () => {
        mock.live = false;
        await showAgain();
        mock.state.closing.phase = "partial";
        await screen.title("部分关厅");
        assert.equal(await screen.page.locator("#lost p").count(), 0, "this is no lost connection");
        assert.ok(mock.states > 1);
    });

    it("in the countdown keeps the cancel button, and says that nothing was heard", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        mock.phase("countdown", (s) => { s.closing.seconds_left = 30; });
        await screen.page.locator("#cancel-closing").waitFor();
        await mock.stop();
        await screen.page.locator("#lost p").waitFor();
        await screen.page.waitForFunction(() => {
            document.querySelector("#cancel-closing").click();
            return document.body.innerText.includes("连不上控制器，没有执行");
        }, null, { polling: 200 });
        await mock.start(mock.port);
        await screen.page.locator("#lost p").waitFor({ state: "detached" });
    });
});

describe("small questions", () => {
    it("acknowledges an alarm with a name", async () => {
        mock.set((s) => alarm(s, "meter_silent:pc4"));
        await screen.page.locator("button.alarm").click();
        await screen.person(ONE);
        await dialogGone();
        await done();
        assert.deepEqual(asked("alarm/acknowledge"), [{ alarm: "meter_silent:pc4", staff: "1001", pin: ONE.pin }]);
        assert.ok(await screen.page.locator("button.alarm").isDisabled(), "once is enough");
    });

    it("overrides the night sign for a while, for good, and back", async () => {
        for (const [choices, sent] of [
            [["点亮", "下次切换"], { lit: true, until: "next_switch" }],
            [["点亮", "3 小时"], { lit: true, until: "duration", seconds: 10800 }],
            [["熄灭", "一直"], { lit: false, until: "permanent" }],
        ]) {
            await screen.page.locator("#lightbox").click();
            for (const words of choices) await screen.page.getByText(words, { exact: true }).last().click();
            await screen.person(ONE);
            await dialogGone();
            assert.deepEqual(asked("lightbox/override").at(-1), { ...sent, staff: "1001", pin: ONE.pin });
        }
        mock.set((s) => { s.lightbox.overridden = s.lightbox.permanent = true; });
        await screen.says("一直手动");
        await screen.page.locator("#lightbox").click();
        await screen.page.getByText("恢复自动").click();
        await screen.person(ONE);
        await dialogGone();
        assert.deepEqual(asked("lightbox/override").at(-1), { until: "cleared", staff: "1001", pin: ONE.pin });
    });

    it("sets a window without a name, as its button does", async () => {
        await screen.page.locator(".window").nth(4).click();
        await screen.page.locator("#dialog").getByRole("button", { name: "服务中" }).click();
        await dialogGone();
        assert.deepEqual(asked("window/set"), [{ window: "5", state: "serving" }]);
        assert.match(await screen.page.locator(".window").nth(4).innerText(), /服务中/);
    });

    it("extends the day", async () => {
        await screen.page.locator("#extend").click();
        await screen.page.getByText("1 小时", { exact: true }).click();
        await screen.person(ONE);
        await dialogGone();
        assert.deepEqual(asked("closing/extend"), [{ minutes: 60, staff: "1001", pin: ONE.pin }]);
    });

    it("closes on Escape, and gives the focus back", async () => {
        await screen.page.locator("#lightbox").focus();
        await screen.page.keyboard.press("Enter");
        await screen.page.locator("#dialog[open]").waitFor();
        await screen.page.keyboard.press("Escape");
        await dialogGone();
        assert.equal(await screen.page.evaluate(() => document.activeElement.id), "lightbox");
    });
});

describe("the morning", () => {
    it("opens with one person, and shows the power coming back", async () => {
        mock.ended();
        await screen.title("已关厅");
        mock.set((s) => { for (const c of Object.values(s.circuits)) c.actual = "off"; });
        await screen.page.locator("#open-hall").click();
        await screen.says("会给 8 台计算机逐台通电");
        await screen.person(ONE);
        await screen.title("正在逐台通电");
        mock.step(["pc1", "pc2"], "on");
        mock.step("pc3", "switching_on");
        await screen.page.locator(".tally", { hasText: "2 / 8" }).waitFor();
        await screen.shot("opening");
        mock.phase("open", (s) => { s.closing.steps = {}; });
        await screen.title("营业中");
        await screen.says("大厅已开");
        assert.deepEqual(asked("opening/open"), [{ staff: "1001", pin: ONE.pin }]);
    });
});

describe("the language", () => {
    it("is switched by one button, everywhere, and back", async () => {
        await screen.page.locator("#language").click();
        await screen.title("Open");
        assert.equal(await screen.page.evaluate(() => document.documentElement.lang), "en");
        await screen.beginClosing();
        await screen.title("A look before closing");
        await screen.page.locator("#language").click();
        await screen.title("关厅前看一眼");
        assert.equal(await screen.page.evaluate(() => document.documentElement.lang), "zh-CN");
    });

    it("starts with the hall's own", async () => {
        mock.state.hall.locale = "en";
        await showAgain();
        await screen.title("Open");
    });
});
