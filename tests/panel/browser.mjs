// The browser, and how a person uses the page: by what is written on it. Works the same on the mock
// and on a real controller.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ARTEFACTS = fileURLToPath(new URL("./artefacts/", import.meta.url));
export const LARGE = { width: 1280, height: 800 };
export const MIDDLE = { width: 1024, height: 768 };
export const SMALL = { width: 800, height: 480 };

export function launch() {
    mkdirSync(ARTEFACTS, { recursive: true });
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic"],
    });
}

/** One screen in the hall. */
export class Screen {
    constructor(page) {
        this.page = page;
        /** What went wrong in the page. A refused connection is the browser's own complaint. */
        this.errors = [];
        page.on("pageerror", (error) => this.errors.push(String(error)));
        page.on("console", (message) => {
            if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text()))
                this.errors.push(message.text());
        });
        page.setDefaultTimeout(15000);
    }

    static async open(browser, url, viewport = LARGE) {
        const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
        const screen = new Screen(await context.newPage());
        await screen.page.goto(url);
        await screen.page.locator("#hall-state, #stage-title").first().waitFor();
        return screen;
    }

    close() {
        return this.page.context().close();
    }

    shot(name) {
        return this.page.screenshot({ path: `${ARTEFACTS}${name}.png` });
    }

    button(name) {
        return this.page.getByRole("button", { name, exact: typeof name === "string" });
    }

    /** Waits until the page says this in its heading. */
    async title(text) {
        await this.page.locator("#hall-state, #stage-title").filter({ hasText: text }).waitFor();
    }

    async says(text) {
        await this.page.locator("#app, #dialog[open], #lost").getByText(text).first().waitFor();
    }

    // --- the closing
    async beginClosing() {
        await this.page.locator("#close-hall").click();
        await this.page.locator("#next").waitFor();
    }

    async toFirst() {
        await this.page.locator("#next:enabled").click();
        await this.page.locator("#staff").waitFor();
    }

    /** Types a staff number and a PIN as a finger does: on the keypad. */
    async identify({ staff, pin }) {
        await this.page.locator("#staff").click();
        for (const digit of staff) {
            if (/\d/.test(digit)) await this.button(digit).click();
            else await this.page.locator("#staff").pressSequentially(digit);
        }
        await this.page.locator("#pin").click();
        for (const digit of pin) await this.button(digit).click();
    }

    async confirm() {
        await this.page.locator(".submit:enabled").click();
    }

    async person(who) {
        await this.identify(who);
        await this.confirm();
    }

    /**
     * A card at the reader, which types digits and Enter in one breath, into whatever has the focus.
     * Inside the page, because what matters is the gap between the keys.
     */
    async swipe(card, intoNumber = true) {
        if (intoNumber) await this.page.locator("#staff").focus();
        await this.page.evaluate((digits) => {
            for (const key of [...digits, "Enter"]) {
                const target = document.activeElement ?? document.body;
                const goesOn = target.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
                if (key === "Enter" || !goesOn || !(target instanceof HTMLInputElement)) continue;
                target.value += key;
                target.dispatchEvent(new InputEvent("input", { bubbles: true }));
            }
        }, card);
    }

    message() {
        return this.page.locator("#credential-message");
    }

    /** Everything that the document holds, in every place that text can hide in it. */
    everything() {
        return this.page.evaluate(() => {
            const values = [...document.querySelectorAll("input, textarea")].map((e) => e.value);
            return [document.documentElement.outerHTML, ...values, document.cookie, location.href,
                JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join("\n");
        });
    }

    /** What is too small to hit, what has no name, what does not fit. */
    faults() {
        return this.page.evaluate(() => {
            const found = [];
            const open = document.querySelector("dialog[open]");
            const scope = open ?? document.body;
            const touch = "button, input, select, a, [role=textbox], label.option, label.tick";
            for (const e of scope.querySelectorAll(touch)) {
                if (!open && e.closest("dialog")) continue;
                const inLabel = e.matches("input[type=radio], input[type=checkbox]");
                const target = inLabel ? e.closest("label") : e;
                const box = target.getBoundingClientRect();
                if (box.width === 0) continue;
                const what = `${e.tagName} ${e.id} ${e.textContent}`.trim();
                if (box.width < 48 || box.height < 48)
                    found.push(`small: ${what} ${box.width.toFixed(1)}x${box.height.toFixed(1)}`);
                const labelled = (e.getAttribute("aria-labelledby") ?? "").split(" ")
                    .map((id) => document.getElementById(id)?.textContent ?? "").join("");
                const name = e.getAttribute("aria-label") || labelled || e.textContent
                    || [...(e.labels ?? [])].map((l) => l.textContent).join("");
                if (!name.trim()) found.push(`nameless: ${e.outerHTML.slice(0, 80)}`);
            }
            const page = document.scrollingElement;
            if (page.scrollWidth > innerWidth) found.push(`wider than the screen: ${page.scrollWidth}`);
            if (page.scrollHeight > innerHeight) found.push(`higher than the screen: ${page.scrollHeight}`);
            for (const e of scope.querySelectorAll(".primary, .cancel, .submit, .keypad button, .act")) {
                const box = e.getBoundingClientRect();
                if (box.width > 0 && (box.bottom > innerHeight + 1 || box.right > innerWidth + 1 || box.top < 0))
                    found.push(`out of sight: ${e.textContent}`);
            }
            for (const e of scope.querySelectorAll("button, h1, .act span")) {
                if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"
                    && e.clientWidth > 0) found.push(`cut off: ${e.textContent}`);
            }
            return found;
        });
    }

    /** Texts that are hard to read: contrast below WCAG AA against the plain colour behind them. */
    paleTexts() {
        return this.page.evaluate(() => {
            const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
            const light = (c) => {
                const [r, g, b] = c.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92
                    : ((v / 255 + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ratio = (a, b) => {
                const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
                return (x + 0.05) / (y + 0.05);
            };
            const behind = (element) => {
                for (let e = element; e; e = e.parentElement) {
                    const style = getComputedStyle(e);
                    if (style.backgroundImage !== "none")
                        return style.backgroundImage.match(/rgba?\([^)]*\)/g).map((c) => rgb(c).slice(0, 3));
                    const c = rgb(style.backgroundColor);
                    if (c.length === 3 || c[3] === 1) return [c.slice(0, 3)];
                }
                return [[255, 255, 255]];
            };
            const found = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const e = walker.currentNode.parentElement;
                if (!walker.currentNode.nodeValue.trim() || !e.checkVisibility() || e.closest(".unseen, :disabled"))
                    continue;
                const style = getComputedStyle(e);
                const size = parseFloat(style.fontSize);
                const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
                const color = rgb(style.color).slice(0, 3);
                const worst = Math.min(...behind(e).map((b) => ratio(color, b)));
                if (worst < (large ? 3 : 4.5))
                    found.push(`${walker.currentNode.nodeValue.trim()} ${worst.toFixed(2)} ${style.color}`);
            }
            return [...new Set(found)];
        });
    }
}
