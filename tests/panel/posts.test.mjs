// Signing in and out at a post, and handing it over with two credentials.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { launch, Screen } from "./browser.mjs";
import { Mock, STAFF } from "./mock.mjs";

const [ONE, TWO] = STAFF;
let browser;
let mock;
let screen;

before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => {
    mock = await new Mock().start();
    for (const id of ["1", "2", "3"]) mock.state.posts[id].staffed = true;
    screen = await Screen.open(browser, mock.url);
});
afterEach(async () => {
    assert.deepEqual(screen.errors, []);
    await screen.close();
    await mock.stop();
});

const asked = (action) => mock.asked.filter(([a]) => a === action).map(([, body]) => body);
const dialogGone = () => screen.page.locator("#dialog[open]").waitFor({ state: "detached" });
const choose = (words) => screen.page.locator("#dialog").getByText(words, { exact: true }).click();

describe("a post", () => {
    it("is signed in at from its window, with its post chosen", async () => {
        await screen.page.locator(".window").nth(2).click();
        await screen.page.locator("#window-post").click();
        await screen.person(ONE);
        await dialogGone();
        assert.deepEqual(asked("post/sign-in"), [{ post: "3", staff: "1001", pin: ONE.pin }]);
        await screen.says("已签到");
        assert.match(await screen.page.locator(".window").nth(2).innerText(), /暂停\s*A角在岗/);
    });

    it("must be chosen when nothing says which", async () => {
        await screen.page.locator("#posts").click();
        const dialog = screen.page.locator("#dialog");
        assert.equal(await dialog.getByText("4号岗").count(), 0);
        await screen.identify(ONE);
        await screen.says("请选择岗位");
        assert.ok(await dialog.locator(".submit").isDisabled());
        await choose("1号岗");
        await choose("签退");
        await screen.confirm();
        await dialogGone();
        assert.deepEqual(asked("post/sign-out"), [{ post: "1", staff: "1001", pin: ONE.pin }]);
    });

    it("is refused to who does not belong to it, with what to do", async () => {
        await screen.page.locator("#posts").click();
        await choose("3号岗");
        await screen.person(TWO);
        await screen.says("你不是3号岗的A角或B角");
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
    });

    it("is handed over with two credentials in one request", async () => {
        await screen.page.locator("#posts").click();
        await choose("交接");
        await choose("3号岗");
        await screen.says("交班人先确认");
        await screen.person(ONE);
        await screen.says("现在请接班人");
        assert.equal(mock.asked.length, 0);
        assert.equal(await screen.page.locator("#staff").inputValue(), "");
        await screen.person(TWO);
        await dialogGone();
        assert.deepEqual(asked("post/handover"), [{ post: "3", staff: "1001", pin: ONE.pin,
            to: { staff: "1002", pin: TWO.pin } }]);
        await screen.says("已交接");
        assert.match(await screen.page.locator(".window").nth(2).innerText(), /B角在岗/);
    });

    it("says whose credential was wrong in a handover, and both begin again", async () => {
        await screen.page.locator("#posts").click();
        await choose("交接");
        await choose("3号岗");
        await screen.person(ONE);
        await screen.says("现在请接班人");
        await screen.person({ ...TWO, pin: "999999" });
        await screen.says("接班人：");
        await screen.says("交班人先确认");
    });

    it("forgets the first person of a handover when the dialog closes", async () => {
        await screen.page.locator("#posts").click();
        await choose("交接");
        await choose("3号岗");
        await screen.person(ONE);
        await screen.says("现在请接班人");
        await screen.page.keyboard.press("Escape");
        await dialogGone();
        await screen.page.locator("#posts").click();
        await choose("交接");
        await screen.says("交班人先确认");
        assert.equal(mock.asked.length, 0);
    });

    it("has targets of 48 px, and names nobody on the idle screen", async () => {
        await screen.page.locator("#posts").click();
        for (const target of await screen.page.locator("#dialog button, #dialog .option").all()) {
            const box = await target.boundingBox();
            assert.ok(box && box.height >= 47.5, await target.innerText());
        }
        if (process.env.HALL_SHOT) await screen.page.screenshot({ path: process.env.HALL_SHOT });
        await screen.page.keyboard.press("Escape");
        await dialogGone();
        const text = await screen.page.locator("body").innerText();
        for (const { staff, name } of STAFF) assert.ok(!text.includes(staff) && !text.includes(name));
    });

    it("is not offered where nobody is assigned", async () => {
        mock.set((s) => { for (const post of Object.values(s.posts)) post.staffed = false; });
        await screen.page.locator("#posts").waitFor({ state: "detached" });
        await screen.page.locator(".window").nth(2).click();
        assert.equal(await screen.page.locator("#window-post").count(), 0);
    });
});
