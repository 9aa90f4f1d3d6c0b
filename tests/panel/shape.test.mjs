// Fingers, eyes, keyboards, screen readers: every picture at every size, in both languages.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { launch, LARGE, MIDDLE, Screen, SMALL } from "./browser.mjs";
import { Mock, STAFF } from "./mock.mjs";
import { alarm, openDoor, shutDoor, unsensed } from "./mock_state.mjs";

let browser;
let mock;
let screen;

before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => { mock = await new Mock().start(); });
afterEach(async () => {
    assert.deepEqual(screen.errors, []);
    await screen.close();
    await mock.stop();
});

async function every(look) {
    await look("idle");
    mock.set((s) => {
        openDoor(s);
        alarm(s, "a1");
        alarm(s, "a2", { severity: "critical", code: "closing_overdue", subject: "", text: "到时间还没有关厅，请尽快关厅。" });
        s.windows["5"].state = "fault";
        unsensed(s);
    });
    await look("idle-trouble");
    await screen.beginClosing();
    await look("check");
    mock.set((s) => {
        shutDoor(s);
        s.closing.early = true;
    });
    await screen.page.locator(".row button").nth(2).click();
    await look("reason");
    await screen.page.locator("label.option").first().click();
    await screen.page.locator("#dialog .primary").click();
    await screen.page.getByRole("checkbox").check();
    await look("check-ready");
    await screen.toFirst();
    await look("first");
    await screen.person(STAFF[0]);
    await screen.page.locator("#restart").waitFor();
    await look("second");
    await screen.page.getByRole("checkbox").check();
    await screen.person(STAFF[1]);
    await screen.page.locator("#cancel-closing").waitFor();
    await look("countdown");
    mock.phase("stopping");
    mock.step(["pc1", "pc2", "pc3", "pc4", "pc5", "pc6", "pc7", "pc8"], "asked", 9);
    await look("progress");
    mock.step("pc7", "held");
    mock.phase("hold");
    await screen.page.locator(".choices").waitFor();
    await look("hold");
    await screen.page.locator(".choices .danger").click();
    await look("force");
    await screen.page.locator("#dialog .close").click();
    mock.ended();
    await screen.page.locator("#finish").waitFor();
    await look("done");
    await screen.page.locator("#finish").click();
    await look("closed");
    await screen.page.locator("#lightbox").click();
    await look("sign");
    await screen.page.locator("#dialog .close").click();
    await screen.page.locator(".window").first().click();
    await look("window");
    await screen.page.locator("#dialog .close").click();
    await screen.page.locator("#open-hall").click();
    await look("morning");
}

describe("every picture", () => {
    for (const [name, viewport] of [["1280x800", LARGE], ["1024x768", MIDDLE], ["800x480", SMALL]]) {
        for (const lang of ["zh", "en"]) {
            it(`${name} ${lang}: large enough to touch, named, readable, on the screen`, async () => {
                screen = await Screen.open(browser, `${mock.url}?lang=${lang}`, viewport);
                const found = [];
                await every(async (picture) => {
                    const faults = [...await screen.faults(), ...await screen.paleTexts()];
                    found.push(...faults.map((fault) => `${picture}: ${fault}`));
                    if (faults.length > 0) await screen.shot(`fault-${name}-${lang}-${picture}`);
                });
                assert.deepEqual(found, []);
            });
        }
    }
});

describe("the open hall", () => {
    for (const [name, viewport] of [["1280x800", LARGE], ["1024x768", MIDDLE], ["800x480", SMALL]]) {
        for (const lang of ["zh", "en"]) {
            it(`${name} ${lang}: shows its eight windows whole, without scrolling`, async () => {
                for (const id of Object.keys(mock.state.posts)) mock.state.posts[id].staffed = true;
                screen = await Screen.open(browser, `${mock.url}?lang=${lang}`, viewport);
                await screen.page.locator(".window").nth(7).waitFor();
                const cut = await screen.page.evaluate(() => {
                    const frame = document.querySelector(".windows").getBoundingClientRect();
                    return [...document.querySelectorAll(".window")]
                        .map((card) => Math.round(card.getBoundingClientRect().bottom - frame.bottom))
                        .filter((over) => over > 0);
                });
                if (cut.length > 0) await screen.shot(`cut-${name}-${lang}`);
                assert.deepEqual(cut, []);
                // Nor does a card hide what it says.
                const hidden = await screen.page.evaluate(() => [...document.querySelectorAll(".window")]
                    .filter((card) => card.scrollHeight > card.clientHeight + 1).map((card) => card.innerText));
                assert.deepEqual(hidden, []);
            });
        }
    }
});

describe("without a finger", () => {
    it("the whole closing goes by keyboard", async () => {
        screen = await Screen.open(browser, mock.url);
        const { keyboard } = screen.page;
        const focused = () => screen.page.evaluate(() => document.activeElement?.id ?? "");
        const tabTo = async (id) => {
            for (let i = 0; i < 60 && await focused() !== id; ++i) await keyboard.press("Tab");
            assert.equal(await focused(), id);
        };
        await tabTo("close-hall");
        await keyboard.press("Enter");
        await screen.title("关厅前看一眼");
        assert.equal(await focused(), "stage-title", "a reader hears where it is");
        await tabTo("next");
        await keyboard.press("Space");
        await screen.title("第一人确认");
        for (const who of STAFF.slice(0, 2)) {
            await screen.page.waitForFunction(() => document.activeElement?.id === "staff");
            await keyboard.type(who.staff, { delay: 90 });
            await keyboard.press("Enter");
            await screen.page.waitForFunction(() => document.activeElement?.id === "pin");
            await keyboard.type(who.pin, { delay: 20 });
            await keyboard.press("Enter");
            if (who === STAFF[0]) await screen.title("请第二人确认");
        }
        await screen.title("秒后开始关机");
        await keyboard.press("Enter");
        assert.equal(mock.asked.filter(([a]) => a === "closing/cancel").length, 0,
            "an Enter held too long must not cancel");
        await tabTo("cancel-closing");
    });

    it("a reader hears each phase, and refusals at once", async () => {
        screen = await Screen.open(browser, mock.url);
        const heard = (id, text) => screen.page.locator(`#${id}`, { hasText: text }).waitFor({ state: "attached" });
        mock.phase("collecting", (s) => { s.closing.seconds_left = 50; });
        await heard("polite", "等待第二人确认");
        mock.phase("countdown", (s) => { s.closing.seconds_left = 3; });
        await heard("assertive", "即将断电");
        mock.phase("stopping");
        await heard("polite", "正在关机");
        mock.ended();
        await heard("polite", "已关厅");
        const snapshot = await screen.page.locator("main").ariaSnapshot();
        assert.match(snapshot, /heading "大厅已关好/);
    });

    it("a dialog is one to a screen reader, and keeps the focus inside", async () => {
        screen = await Screen.open(browser, mock.url);
        await screen.page.locator("#lightbox").click();
        await screen.page.getByRole("dialog", { name: "夜间灯箱" }).waitFor();
        for (let i = 0; i < 40; ++i) {
            await screen.page.keyboard.press("Tab");
            const inside = await screen.page.evaluate(() => document.activeElement === document.body
                || Boolean(document.activeElement?.closest("dialog")));
            assert.ok(inside);
        }
    });

    it("the PIN field tells how many digits, never which", async () => {
        screen = await Screen.open(browser, mock.url);
        await screen.beginClosing();
        await screen.toFirst();
        await screen.identify(STAFF[0]);
        const pin = screen.page.getByRole("textbox", { name: "密码 已输入 6 位" });
        await pin.waitFor();
        assert.equal((await pin.innerText()).trim(), "");
    });
});
