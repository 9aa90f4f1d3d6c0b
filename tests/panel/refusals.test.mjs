// What the page does when the controller says no: the sentence, and what comes next.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { STAFF } from "./mock.mjs";
import { mock, screen, setStage } from "./stage.mjs";

const [ONE, TWO] = STAFF;

setStage(async () => {
    await screen.beginClosing();
    await screen.toFirst();
});

const refuse = (...answer) => {
    mock.answers["closing/confirm"] = () => mock.refuse(...answer);
};
const pinIsEmpty = () => screen.page.locator("#pin-said").filter({ hasText: "未输入" }).waitFor({ state: "attached" });

describe("refused", () => {
    it("a wrong PIN: says how many tries are left, keeps the number, forgets the PIN", async () => {
        await screen.person({ staff: "1001", pin: "999999" });
        await screen.message().filter({ hasText: "还可以试 4 次" }).waitFor();
        await pinIsEmpty();
        assert.equal(await screen.page.locator("#staff").inputValue(), "1001");
        assert.equal(await screen.page.evaluate(() => document.activeElement.id), "pin");
        assert.ok(!(await screen.everything()).includes("999999"));
        await screen.shot("refused-pin");
        for (const digit of ONE.pin) await screen.button(digit).click();
        await screen.confirm();
        await screen.title("请第二人确认");
    });

    it("the same person twice: asks for a colleague, and forgets both", async () => {
        await screen.person(ONE);
        await screen.title("请第二人确认");
        await screen.person(ONE);
        await screen.message().filter({ hasText: "这是同一个人" }).waitFor();
        await pinIsEmpty();
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
        await screen.person(TWO);
        await screen.page.locator("#cancel-closing").waitFor();
    });

    it("locked: counts down, and lets nobody try meanwhile", async () => {
        refuse(423, "locked", "已锁定。", { seconds_left: 90 });
        await screen.person(ONE);
        await screen.message().filter({ hasText: /输错太多次，(1:30|1:29) 秒后再试|输错太多次/ }).waitFor();
        await screen.identify(TWO);
        assert.ok(await screen.page.locator(".submit").isDisabled());
        await screen.shot("refused-locked");
    });

    it("locked for a second: goes on afterwards", async () => {
        refuse(423, "locked", "已锁定。", { seconds_left: 1 });
        await screen.person(ONE);
        await screen.message().filter({ hasText: "输错太多次" }).waitFor();
        delete mock.answers["closing/confirm"];
        await screen.person(ONE);
        await screen.title("请第二人确认");
    });

    for (const [code, text] of [["contact_open", "西门还开着，请先关好。"],
        ["plan_changed", "情况有变化，请重新确认。"], ["confirm_window_over", "第二人确认超时，请重新开始。"],
        ["inhibited", "管理系统暂时禁止关厅。"], ["plan_unknown", "画面已过时。"]]) {
        it(`${code}: back to the check, with the sentence`, async () => {
            refuse(409, code, text, { ids: "west_door" });
            await screen.person(ONE);
            await screen.title("关厅前看一眼");
            await screen.says(text);
            assert.ok(!(await screen.everything()).includes(ONE.pin));
        });
    }

    it("already closed: back to the hall", async () => {
        refuse(409, "already_closed", "大厅已经关了，不用再关。");
        await screen.person(ONE);
        await screen.says("大厅已经关了，不用再关。");
        await screen.page.locator("#hall-state").waitFor();
    });

    for (const [status, code, text] of [[403, "not_allowed", "你没有这项权限，请找有权限的同事。"],
        [503, "journal_unavailable", "日志暂时无法写入，什么都不会断电。"], [503, "busy", "控制器正忙。"]]) {
        it(`${code}: stays, and says what to do`, async () => {
            refuse(status, code, text);
            await screen.person(ONE);
            await screen.message().filter({ hasText: text }).waitFor();
            await pinIsEmpty();
        });
    }

    it("a staff file that cannot be read: blames nobody", async () => {
        refuse(503, "credentials_unavailable", "没有办成（credentials_unavailable）。");
        await screen.person(ONE);
        await screen.message().filter({ hasText: "人员资料读不出来" }).waitFor();
        await pinIsEmpty();
    });

    it("the last wrong PIN: says that it locks", async () => {
        refuse(401, "wrong_credential", "还可以试 0 次。", { attempts_left: 0 });
        await screen.person(ONE);
        await screen.message().filter({ hasText: "要锁定一会儿" }).waitFor();
    });

    it("an answer that nobody foresaw is still a sentence", async () => {
        mock.answers["closing/confirm"] = () => ({ status: 500, body: {} });
        await screen.person(ONE);
        await screen.message().filter({ hasText: "没有办成（500）" }).waitFor();
    });

    it("nobody answers: says that nothing was done", async () => {
        await screen.identify(ONE);
        await mock.stop();
        await screen.confirm();
        await screen.message().filter({ hasText: "连不上控制器，没有执行" }).waitFor();
        await pinIsEmpty();
        await mock.start(mock.port);
    });

    it("speaks the chosen language, not the hall's", async () => {
        await screen.page.locator("#language").click();
        await screen.title("First person");
        refuse(409, "contact_open", "西门还开着，请先关好。", { ids: "west_door" });
        await screen.person(ONE);
        await screen.says("西门 is open: please shut it first.");
    });
});

describe("a credential", () => {
    it("is too short below six digits, and longer than twelve it does not get", async () => {
        await screen.identify({ staff: "1001", pin: "12345" });
        assert.ok(await screen.page.locator(".submit").isDisabled());
        for (const digit of "6789012345") await screen.button(digit).click();
        await screen.page.locator("#pin-said").filter({ hasText: "已输入 12 位" }).waitFor({ state: "attached" });
    });

    it("may be a card: digits and Enter, as fast as a reader types", async () => {
        await screen.swipe(ONE.card);
        await screen.says("已读卡");
        assert.ok(!(await screen.everything()).includes(ONE.card), "the card's number is not shown");
        await screen.shot("card-read");
        await screen.page.keyboard.type(ONE.pin, { delay: 60 });
        await screen.page.keyboard.press("Enter");
        await screen.title("请第二人确认");
        const [, body] = mock.asked.find(([action]) => action === "closing/confirm");
        assert.equal(body.card, ONE.card);
        assert.equal(body.staff, undefined);
    });

    it("may be a card wherever the focus is, and what it typed is nowhere else", async () => {
        for (const place of ["#pin", ".keypad button", "#back"]) {
            await screen.page.locator(place).first().focus();
            await screen.swipe(ONE.card, false);
            await screen.says("已读卡");
            await pinIsEmpty();
            assert.equal(await screen.page.evaluate(() => document.activeElement.id), "pin", place);
            await screen.swipe(ONE.card, false);
            await pinIsEmpty();
            assert.ok(!(await screen.everything()).includes(ONE.card));
            await screen.button("换人").click();
        }
        assert.deepEqual(mock.asked, []);
    });

    it("may be a card that the controller's own reader read", async () => {
        mock.card(ONE.card);
        await screen.says("已读卡");
        assert.ok(!(await screen.everything()).includes(ONE.card), "the card's number is not shown");
        assert.equal(await screen.page.evaluate(() => document.activeElement.id), "pin");
        await screen.page.keyboard.type(ONE.pin, { delay: 60 });
        // Held up again: nothing typed is lost to another's card meanwhile.
        mock.card("0099999999");
        await screen.page.keyboard.press("Enter");
        await screen.title("请第二人确认");
        const [, body] = mock.asked.find(([action]) => action === "closing/confirm");
        assert.deepEqual([body.card, body.pin, body.staff], [ONE.card, ONE.pin, undefined]);
    });

    it("given as number and PIN at a stroke, is no card", async () => {
        await screen.page.locator("#staff").fill("1001");
        await screen.page.locator("#pin").focus();
        await screen.swipe("246810112233", false);
        await screen.message().filter({ hasText: "工号（卡）或密码不对" }).waitFor();
        const [, body] = mock.asked.find(([action]) => action === "closing/confirm");
        assert.deepEqual([body.staff, body.card, body.pin], ["1001", undefined, "246810112233"]);
    });

    it("typed by a person is a staff number, Enter or not", async () => {
        await screen.page.locator("#staff").focus();
        await screen.page.keyboard.type("1001", { delay: 90 });
        await screen.page.keyboard.press("Enter");
        assert.equal(await screen.page.evaluate(() => document.activeElement.id), "pin");
        await screen.page.keyboard.type(ONE.pin, { delay: 20 });
        await screen.page.keyboard.press("Enter");
        await screen.title("请第二人确认");
    });

    it("is cleared after half a minute of silence", async () => {
        await screen.page.clock.install();
        await screen.identify(ONE);
        await screen.page.clock.fastForward(29_000);
        await screen.page.locator("#pin-said").filter({ hasText: "已输入 6 位" }).waitFor({ state: "attached" });
        await screen.page.clock.fastForward(2_000);
        await pinIsEmpty();
        await screen.says("太久没有操作，密码已清除");
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
    });

    it("leaves nothing behind when somebody goes back", async () => {
        await screen.identify(ONE);
        await screen.page.locator("#back").click();
        await screen.toFirst();
        await pinIsEmpty();
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
    });

    it("a forgotten screen returns to the hall", async () => {
        await screen.page.clock.install();
        await screen.page.clock.fastForward(125_000);
        await screen.title("营业中");
    });
});
