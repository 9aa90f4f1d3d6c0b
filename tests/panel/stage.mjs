// What the tests of the page have in common: one browser, and for each test a made-up controller with the
// page on it, which may end with no error on its console.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { launch, Screen } from "./browser.mjs";
import { Mock } from "./mock.mjs";

export let browser;
export let mock;
export let screen;

/** To be called once by a test file. `begin` brings each test's screen to where its story begins. */
export function setStage(begin = async () => {}) {
    before(async () => { browser = await launch(); });
    after(() => browser.close());
    beforeEach(async () => {
        mock = await new Mock().start();
        screen = await Screen.open(browser, mock.url);
        await begin();
    });
    afterEach(async () => {
        assert.deepEqual(screen.errors, []);
        await screen.close();
        await mock.stop();
    });
}

/** A fresh page instead of the one that is there. */
export async function showAgain() {
    await screen.close();
    screen = await Screen.open(browser, mock.url);
}

/** The bodies of all requests for an action. */
export const asked = (action) => mock.asked.filter(([a]) => a === action).map(([, body]) => body);
