// The whole evening in a real browser on the real daemon, with the virtual hall on its wires: two
// people, one of them with a card, a wrong PIN, an open door, a change of mind; and the morning after.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Screen } from "./browser.mjs";
import { liveHall, until } from "./live_hall.mjs";

const DOOR = "west_door";
/** A whole closing or opening of the demo hall, on a busy machine. */
const WHOLE_MS = 120_000;
let browser;
let hall;
let screen;
let one;
let two;

before(async () => {
    hall = await liveHall();
    [one, two] = hall.staff;
    browser = await launch();
    await hall.set({ [`contact.${DOOR}`]: "closed" });
    screen = await Screen.open(browser, `${hall.panel}/?lang=zh`);
    const { closing } = await hall.state();
    if (closing.phase === "closed" || closing.phase === "partial") await openHall();
    await screen.title("营业中");
});
after(async () => {
    if (hall) await hall.set({ [`contact.${DOOR}`]: "closed" }).catch(() => {});
    await browser?.close();
    await hall?.stop();
});

async function openHall() {
    await screen.page.locator("#open-hall").click();
    await screen.person(one);
    await screen.page.locator("#hall-state", { hasText: "营业中" }).waitFor({ timeout: WHOLE_MS });
}

async function noSecrets() {
    const everything = await screen.everything();
    for (const { pin, card } of hall.staff) {
        assert.ok(!everything.includes(pin), "a PIN is in the page");
        assert.ok(!everything.includes(card), "a card's number is in the page");
    }
}

/** The first with number and PIN on the keypad, the second with the card. */
async function bothConfirm(shots = "") {
    await screen.person(one);
    await screen.title("请第二人确认");
    await noSecrets();
    if (shots) await screen.shot(`live-${shots}-second`);
    await screen.swipe(two.card);
    await screen.says("已读卡");
    await screen.page.keyboard.type(two.pin);
    await noSecrets();
    if (shots) await screen.shot(`live-${shots}-card`);
    await screen.page.keyboard.press("Enter");
    await screen.page.locator("#cancel-closing").waitFor();
}

describe("an evening on the real daemon", () => {
    it("says what still hinders, and sees it put right", async () => {
        const { contacts } = await hall.state();
        await hall.set({ [`contact.${DOOR}`]: "open" });
        await screen.says(contacts[DOOR].name);
        await screen.page.locator(".hinders.some").waitFor();
        await screen.shot("live-01-door-open");
        await screen.beginClosing();
        await screen.page.locator(".blocker", { hasText: contacts[DOOR].name }).waitFor();
        assert.ok(await screen.page.locator("#next").isDisabled());
        await screen.shot("live-02-check-door-open");
        await hall.set({ [`contact.${DOOR}`]: "closed" });
        await screen.page.locator(".fine.big").waitFor();
        await screen.shot("live-03-check");
    });

    it("refuses a wrong PIN with the tries that are left", async () => {
        await screen.toFirst();
        const wrong = [...one.pin].map((digit) => (Number(digit) + 1) % 10).join("");
        await screen.person({ staff: one.staff, pin: wrong });
        await screen.message().filter({ hasText: /还可以试 \d 次/ }).waitFor();
        assert.equal((await hall.state()).closing.phase, "open");
        await screen.shot("live-04-wrong-pin");
        await screen.page.locator("#back").click();
    });

    it("refuses the same person twice", async () => {
        await screen.toFirst();
        await screen.person(one);
        await screen.title("请第二人确认");
        await screen.swipe(one.card);
        await screen.says("已读卡");
        await screen.page.keyboard.type(one.pin);
        await screen.page.keyboard.press("Enter");
        await screen.message().filter({ hasText: "同一个人" }).waitFor();
        await screen.shot("live-05-same-person");
        await screen.page.locator("#restart").click();
        await screen.title("营业中");
    });

    it("voids what was confirmed when a door opens, and says which", async () => {
        const { contacts } = await hall.state();
        await screen.beginClosing();
        await screen.toFirst();
        await screen.person(one);
        await screen.title("请第二人确认");
        await hall.set({ [`contact.${DOOR}`]: "open" });
        await screen.title("关厅前看一眼");
        await screen.page.locator(".notice", { hasText: contacts[DOOR].name }).waitFor();
        await screen.shot("live-06-void");
        await hall.set({ [`contact.${DOOR}`]: "closed" });
        await screen.page.locator(".fine.big").waitFor();
    });

    it("stops at one tap in the countdown, with every PC still running", async () => {
        const before = await hall.plant();
        await screen.toFirst();
        await bothConfirm();
        await screen.shot("live-07-countdown");
        // The page ignores the second half of a double tap: a person who means it taps again.
        await until("the closing to be cancelled", async () => {
            await screen.page.locator("#cancel-closing").click({ timeout: 500 }).catch(() => {});
            return (await hall.state()).closing.phase === "open";
        });
        await screen.title("营业中");
        await screen.says(/取消/);
        await screen.shot("live-08-cancelled");
        const after = await hall.plant();
        for (const key of Object.keys(before).filter((k) => k.match(/^contactor\.pc\d+$/)))
            assert.equal(after[key], before[key], key);
    });

    it("closes: who, countdown, each PC, done with time and names", async (context) => {
        const began = Date.now();
        await screen.beginClosing();
        await screen.shot("live-09-check");
        await screen.toFirst();
        await bothConfirm("10");
        await screen.shot("live-11-countdown");
        await screen.page.locator(".circuits").waitFor();
        await screen.shot("live-12-progress");
        await screen.page.locator(".circuit.cut").first().waitFor({ timeout: WHOLE_MS });
        await screen.shot("live-13-progress");
        await screen.page.locator("#finish").waitFor({ timeout: WHOLE_MS });
        context.diagnostic(`from the first tap to good night: ${((Date.now() - began) / 1000).toFixed(1)} s`);
        await screen.title("大厅已关好");
        await screen.title(/\d\d:\d\d/);
        await screen.says(`确认人：${one.name}、${two.name}`);
        await noSecrets();
        await screen.shot("live-14-done");
        const plant = await hall.plant();
        for (const key of Object.keys(plant).filter((k) => k.match(/^contactor\.pc\d+$/)))
            assert.equal(plant[key], "open", key);
        await until("the lightbox to burn", async () => (await hall.plant()).lightbox === "on");
    });

    it("then rests, and tells nothing about people", async () => {
        await screen.page.locator("#finish").click();
        await screen.title("已关厅");
        await screen.page.locator(".lightbox.on").waitFor();
        const everything = await screen.everything();
        for (const { name, staff } of hall.staff) {
            assert.ok(!everything.includes(name), name);
            assert.ok(!everything.includes(staff), staff);
        }
        await screen.shot("live-15-closed");
    });

    it("opens in the morning with one person", async () => {
        await screen.page.locator("#open-hall").click();
        await screen.shot("live-16-opening");
        await screen.person(one);
        await screen.page.locator("#hall-state", { hasText: "营业中" }).waitFor({ timeout: WHOLE_MS });
        await screen.shot("live-17-open");
        const plant = await hall.plant();
        for (const key of Object.keys(plant).filter((k) => k.match(/^contactor\.pc\d+$/)))
            assert.equal(plant[key], "closed", key);
    });

    it("has not complained in the browser meanwhile", () => {
        assert.deepEqual(screen.errors, []);
    });
});
