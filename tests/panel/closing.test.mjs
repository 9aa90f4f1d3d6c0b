// The closing, as two people live it at the screen: one browser, a made-up controller, no luck.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Screen } from "./browser.mjs";
import { STAFF } from "./mock.mjs";
import { openDoor, shutDoor, unsensed } from "./mock_state.mjs";
import { asked, browser, mock, screen, setStage } from "./stage.mjs";

const ALL = ["pc1", "pc2", "pc3", "pc4", "pc5", "pc6", "pc7", "pc8"];
const [ONE, TWO] = STAFF;

setStage();

async function noPinLeft(...people) {
    const everything = await screen.everything();
    for (const { pin } of people) assert.ok(!everything.includes(pin), "a PIN is in the page");
}

/** Two people confirm; the countdown stands. */
async function authorise() {
    await screen.beginClosing();
    await screen.toFirst();
    await screen.person(ONE);
    await screen.title("请第二人确认");
    await screen.person(TWO);
    await screen.page.locator("#cancel-closing").waitFor();
}

/** All are asked; pc7 does not shut down. */
async function hold() {
    await authorise();
    mock.phase("stopping");
    mock.step(ALL.filter((id) => id !== "pc7"), "cut");
    mock.step("pc7", "held");
    mock.phase("hold");
    await screen.title("7号窗口计算机没有关机");
}

describe("closing", () => {
    it("goes from a look at the hall to good night", async () => {
        await screen.title("营业中");
        await screen.beginClosing();
        await screen.says("将关机并断电 8 台");
        await screen.shot("closing-1-check");
        await screen.toFirst();
        await screen.identify(ONE);
        await noPinLeft(ONE);
        await screen.shot("closing-2-first");
        await screen.confirm();
        await screen.title("请第二人确认");
        await noPinLeft(ONE);
        assert.equal(await screen.page.locator("#staff").inputValue(), "", "the first person is gone");
        assert.equal(await screen.page.getByText("1001").count(), 0);
        await screen.says("1:00");
        await screen.shot("closing-3-second");
        await screen.person(TWO);
        await screen.title("秒后开始关机");
        await noPinLeft(ONE, TWO);
        await screen.shot("closing-4-countdown");
        mock.phase("stopping");
        mock.step(ALL, "asked", 12);
        await screen.title("正在关机断电");
        await screen.says("最多 12 秒");
        mock.step(["pc1", "pc2"], "cut");
        mock.step("pc3", "proving", 5);
        await screen.page.locator(".tally", { hasText: "2 / 8" }).waitFor();
        await screen.shot("closing-5-progress");
        mock.phase("cutting");
        mock.step(ALL, "cut");
        mock.ended();
        await screen.title("大厅已关好");
        await screen.title("17:36");
        await screen.says("夜间灯箱已点亮");
        await screen.shot("closing-6-done");
        await screen.page.locator("#finish").click();
        await screen.title("已关厅");
        await screen.says("17:36 关厅完成");

        assert.deepEqual(asked("closing/confirm"), [
            { plan: "d1", attest: [], except: [], staff: "1001", pin: ONE.pin },
            { plan: "d1", attest: [], except: [], staff: "1002", pin: TWO.pin },
        ]);
    });

    it("names at the end who confirmed at this screen, and forgets them with the last tap", async () => {
        await authorise();
        mock.phase("stopping");
        mock.ended();
        await screen.says("确认人：张三、李四");
        await screen.page.locator("#finish").click();
        await screen.title("已关厅");
        const everything = await screen.everything();
        for (const name of ["张三", "李四"]) assert.ok(!everything.includes(name), name);
    });

    it("forgets the names of an attempt that came to nothing", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        await screen.page.locator("#restart").click();
        await screen.title("营业中");
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(TWO);
        await screen.title("请第二人确认");
        await screen.person(STAFF[2]);
        await screen.page.locator("#cancel-closing").waitFor();
        mock.phase("stopping");
        mock.ended();
        await screen.says("确认人：李四、王五");
    });

    it("elsewhere shows names only if they are published", async () => {
        const other = await Screen.open(browser, mock.url);
        await authorise();
        mock.phase("stopping");
        mock.ended();
        await other.title("大厅已关好");
        assert.ok(!(await other.everything()).includes("张三"));
        mock.phase("countdown");
        mock.phase("stopping", (s) => { s.closing.confirmations.names = ["1004", "1005"]; });
        mock.phase("closed", (s) => {
            s.closing.ended = "2026-11-24T17:50:00.000+08:00";
            s.closing.confirmations = { count: 0, needed: 2, roles: [] };
        });
        await other.says("确认人：1004、1005");
        assert.deepEqual(other.errors, []);
        await other.close();
    });

    it("does not go on while something hinders, and goes on by itself when it is put right", async () => {
        mock.set((s) => openDoor(s));
        await screen.says("西门还开着，请去关好");
        await screen.beginClosing();
        await screen.says("请先处理上面 1 项");
        assert.ok(await screen.page.locator("#next").isDisabled());
        mock.set((s) => shutDoor(s));
        await screen.says("门窗已关好，可以关厅");
        await screen.toFirst();
    });

    it("takes an exception with a reason, for a PC and for a broken sensor", async () => {
        mock.set((s) => openDoor(s));
        await screen.beginClosing();
        await screen.button("3号窗口计算机：这台不关").click();
        const ok = screen.page.locator("#dialog").getByRole("button", { name: "确定" });
        assert.ok(await ok.isDisabled(), "no exception without a reason");
        await screen.page.getByText("还有人在用").click();
        await ok.click();
        await screen.says("将关机并断电 7 台");
        await screen.button("西门：传感器坏了").click();
        await screen.page.locator("#own-reason").fill("门磁脱落，已锁好");
        await ok.click();
        await screen.toFirst();
        await screen.says("保持通电");
        await screen.person(ONE);
        await screen.title("请第二人确认");
        await screen.says("门磁脱落，已锁好");
        await screen.person(TWO);
        await screen.page.locator("#cancel-closing").waitFor();
        const [first, second] = asked("closing/confirm");
        assert.deepEqual(first.except, [{ id: "pc3", reason: "还有人在用" },
            { id: "west_door", reason: "门磁脱落，已锁好" }]);
        assert.deepEqual(second.except, []);
        assert.notEqual(first.plan, second.plan, "the second confirms what the first made of it");
    });

    it("does not begin while the management system forbids it", async () => {
        mock.set((s) => s.closing.blockers.push({ kind: "inhibited", id: "",
            text: "管理系统暂时禁止关厅。请联系值班管理人员。" }));
        await screen.beginClosing();
        await screen.says("请联系值班管理人员");
        assert.ok(await screen.page.locator("#next").isDisabled());
        assert.equal(await screen.page.locator(".blocker button").count(), 0, "no exception from that");
    });

    it("is not thrown back by an answer that a push has overtaken", async () => {
        const old = structuredClone(mock.state);
        mock.answers["closing/confirm"] = async (body) => {
            const answer = mock.usual(body, "closing/confirm");
            mock.set((s) => { s.ts = "2026-11-24T17:35:05.000+08:00"; });
            await screen.title("请第二人确认");
            return { status: answer.status, body: { ...old, person: answer.body.person } };
        };
        await screen.beginClosing();
        await screen.toFirst();
        await screen.page.evaluate(() => {
            globalThis.thrownBack = false;
            new MutationObserver(() => { globalThis.thrownBack ||= Boolean(document.querySelector("#next")); })
                .observe(document.body, { childList: true, subtree: true });
        });
        await screen.person(ONE);
        await screen.title("请第二人确认");
        await screen.identify(TWO);
        assert.equal(await screen.page.evaluate(() => globalThis.thrownBack), false);
    });

    it("takes an exception back", async () => {
        await screen.beginClosing();
        await screen.button("3号窗口计算机：这台不关").click();
        await screen.page.getByText("还有人在用").click();
        await screen.page.locator("#dialog").getByRole("button", { name: "确定" }).click();
        await screen.button("3号窗口计算机：取消例外").click();
        await screen.says("将关机并断电 8 台");
    });

    it("makes each person attest what no sensor tells", async () => {
        mock.set((s) => unsensed(s));
        await screen.beginClosing();
        await screen.says("请先查看并勾选没有传感器的门窗");
        assert.ok(await screen.page.locator("#next").isDisabled());
        await screen.page.getByRole("checkbox", { name: "南窗已关好，我看过" }).check();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        const box = screen.page.getByRole("checkbox");
        assert.equal(await box.isChecked(), false, "the first person's eyes are not the second's");
        await screen.identify(TWO);
        assert.ok(await screen.page.locator(".submit").isDisabled());
        await box.check();
        await screen.confirm();
        await screen.page.locator("#cancel-closing").waitFor();
        assert.deepEqual(asked("closing/confirm").map((b) => b.attest), [["south_window"], ["south_window"]]);
    });

    it("says before anybody confirms that it is early", async () => {
        mock.set((s) => { s.closing.early = s.closing.plan.early = true; });
        await screen.beginClosing();
        await screen.says("现在还没到下班时间（17:30）");
        await screen.toFirst();
        await screen.says("现在还没到下班时间（17:30）");
    });

    it("can be cancelled by anybody in the countdown, but not by the tap that confirmed", async () => {
        // The second half of a double tap comes in the moment in which the button appears.
        await screen.page.evaluate(() => {
            new MutationObserver((_, observer) => {
                const button = document.querySelector("#cancel-closing");
                if (!button) return;
                observer.disconnect();
                button.click();
                window.tappedTwice = true;
            }).observe(document.body, { childList: true, subtree: true });
        });
        await authorise();
        const cancel = screen.page.locator("#cancel-closing");
        assert.equal(await screen.page.evaluate(() => window.tappedTwice), true);
        assert.deepEqual(asked("closing/cancel"), [], "the second half of a double tap");
        const box = await cancel.boundingBox();
        assert.ok(box.width >= 500 && box.height >= 120, "huge");
        await screen.page.waitForFunction(() => performance.now() > 0);
        for (let i = 0; i < 100 && asked("closing/cancel").length === 0; ++i) {
            await cancel.click({ timeout: 500 }).catch(() => {});
        }
        await screen.title("营业中");
        await screen.says("关厅已取消，什么都没有断电。");
        assert.deepEqual(asked("closing/cancel")[0], {}, "no credential");
    });

    it("goes back to the check, and says why, when the plan changes between the two", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        await screen.identify(TWO);
        mock.phase("open", (s) => {
            openDoor(s, "east_door");
            s.closing.void = { reason: "plan_changed", detail: ["east_door"],
                text: "东门打开了，前面的确认作废，请关好后重新确认。" };
        });
        await screen.title("关厅前看一眼");
        await screen.says("东门打开了，前面的确认作废，请关好后重新确认。");
        await screen.shot("closing-plan-changed");
        await noPinLeft(ONE, TWO);
        mock.set((s) => shutDoor(s, "east_door"));
        await screen.toFirst();
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
    });

    it("goes back when the plan changes while the first person types", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.identify(ONE);
        mock.set((s) => openDoor(s));
        await screen.title("关厅前看一眼");
        await screen.says("情况有变化（西门），前面的确认作废");
        assert.deepEqual(asked("closing/confirm"), []);
    });

    it("does not bother anybody with a new digest for the same plan", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.identify(ONE);
        mock.set((s) => { s.closing.plan.digest = "d2"; });
        await screen.confirm();
        await screen.title("请第二人确认");
        assert.equal(asked("closing/confirm")[0].plan, "d2");
    });

    it("starts again when the second person is too late", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        mock.phase("open", (s) => {
            s.closing.void = { reason: "confirm_window_over", detail: [],
                text: "第二人没有在时间内确认，请重新开始。" };
        });
        await screen.title("关厅前看一眼");
        await screen.says("第二人没有在时间内确认，请重新开始。");
    });

    it("lets a second screen join where the first is", async () => {
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(ONE);
        await screen.title("请第二人确认");
        const other = await Screen.open(browser, mock.url);
        await other.title("等待第二人确认");
        await other.page.locator("#close-hall").click();
        await other.person(TWO);
        await other.page.locator("#cancel-closing").waitFor();
        await screen.page.locator("#cancel-closing").waitFor();
        await other.close();
    });
});

describe("a PC that does not shut down", () => {
    it("may be waited for", async () => {
        await hold();
        await screen.shot("hold-choose");
        await screen.button("继续等").click();
        await screen.says("继续等它关机");
        mock.step("pc7", "cut");
        mock.ended();
        await screen.title("大厅已关好");
    });

    it("may be left powered, with a reason and a name", async () => {
        await hold();
        await screen.button("保持通电").click();
        await screen.page.getByText("设备有问题").click();
        await screen.person(TWO);
        await screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
        assert.deepEqual(asked("closing/except"),
            [{ circuit: "pc7", reason: "设备有问题", staff: "1002", pin: TWO.pin }]);
        mock.ended("partial", ["pc7"]);
        await screen.title("大厅已部分关闭");
        await screen.says("7号窗口计算机 没有断电");
        await screen.shot("hold-partial");
    });

    it("may be forced, by two", async () => {
        await hold();
        await screen.button("强制断电").click();
        await screen.identify(ONE);
        assert.ok(await screen.page.locator(".submit").isDisabled(), "not without a reason");
        await screen.says("请选一个原因");
        await screen.page.getByText("蓝屏或卡在更新").click();
        await screen.confirm();
        await screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
        mock.set((s) => { s.closing.force = { circuit: "pc7", deadline: null, seconds_left: 60 }; });
        await screen.says("第一人已同意强制断电，请第二人确认（还剩 60 秒）");
        await screen.shot("hold-force-second");
        await screen.button("第二人来强制").click();
        await screen.page.getByText("蓝屏或卡在更新").click();
        await screen.person(TWO);
        await screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
        assert.deepEqual(asked("closing/force").map((b) => [b.circuit, b.reason, b.staff]),
            [["pc7", "蓝屏或卡在更新", "1001"], ["pc7", "蓝屏或卡在更新", "1002"]]);
        await noPinLeft(ONE, TWO);
    });

    it("closes the question when the PC shuts down after all", async () => {
        await hold();
        await screen.button("强制断电").click();
        await screen.page.locator("#dialog[open]").waitFor();
        mock.step("pc7", "cutting");
        await screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
    });

    it("may stop the rest of the closing, after a question", async () => {
        await hold();
        await screen.page.locator("#stop").click();
        await screen.says("已经断电的不会恢复");
        await screen.page.locator("#stop-now").click();
        await screen.title("大厅已部分关闭");
        await screen.says("7号窗口计算机 没有断电");
        assert.equal(asked("closing/cancel").length, 1);
    });

    it("stopped before anything was cut, leaves the hall open and says so", async () => {
        await authorise();
        mock.phase("stopping");
        mock.step(ALL, "asked", 9);
        await screen.page.locator("#stop").click();
        await screen.page.locator("#stop-now").click();
        await screen.title("营业中");
        await screen.says("关厅已取消，什么都没有断电。");
    });
});
