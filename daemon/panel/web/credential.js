// Who are you: staff number or card, and a PIN. The PIN lives in one variable, is shown as dots,
// never enters the document, and is gone after one use or half a minute of silence.
import { act } from "./link.js";
import { app, takeAnswer } from "./app.js";
import { icon } from "./icons.js";
import { announce, h } from "./view.js";
import { left, span } from "./clock.js";
import { refusalText, t } from "./words.js";

/** @typedef {import("./view.js").VNode} VNode */
/** @typedef {import("./state.js").Refusal} Refusal */
/** @typedef {import("./state.js").State} State */
/** @typedef {State & {person?: {staff: string, name: string}}} Answered */

const SHORTEST_PIN = 6;
const LONGEST_PIN = 12;
const LONGEST_STAFF = 32;
const IDLE_MS = 30000;
/** A reader "types" a card and Enter within a breath; no person does. */
const CARD_KEY_MS = 40;
const CARD_KEYS = 7;

export class Credential {
    /**
     * @param {string} action
     * @param {() => object | string} body  the rest of the body, or a sentence on what is missing
     * @param {{label: string, twoPersons?: () => boolean, done?: (answer: Answered) => void, refused?: (status: number, refusal: Refusal) => boolean}} options
     *        refused: true when it was dealt with elsewhere
     */
    constructor(action, body, options) {
        this.action = action;
        this.body = body;
        this.options = options;
        this.staff = "";
        this.card = "";
        this.pin = "";
        /** @type {"staff" | "pin"} */
        this.field = "staff";
        this.busy = false;
        this.message = "";
        this.lockedUntil = 0;
        this.lastKey = 0;
        /** Keys that came in one breath. */
        this.burst = "";
        /** Of two persons, the one who was first; sent and forgotten with the second. @type {object | null} */
        this.first = null;
        this.touched = performance.now();
    }

    wipe() {
        this.first = null;
        this.pin = "";
        this.staff = "";
        this.card = "";
        this.field = "staff";
        this.burst = "";
    }

    /** Half a minute of silence: somebody walked away. */
    tick() {
        const something = this.pin !== "" || this.known() || this.first !== null;
        if (!something || this.busy || performance.now() - this.touched < IDLE_MS) return;
        this.wipe();
        this.message = t("pin_idle");
        announce(this.message);
    }

    locked() {
        return Math.max(0, Math.ceil((this.lockedUntil - performance.now()) / 1000));
    }

    touch() {
        this.touched = performance.now();
    }

    /** @param {string} digit */
    press(digit) {
        this.touch();
        if (this.busy) return;
        this.message = "";
        if (this.field === "pin") {
            if (this.pin.length < LONGEST_PIN) this.pin += digit;
        } else if (this.card === "" && this.staff.length < LONGEST_STAFF) {
            this.staff += digit;
        }
        app.draw();
    }

    back() {
        this.touch();
        if (this.field === "pin") this.pin = this.pin.slice(0, -1);
        else this.staff = this.staff.slice(0, -1);
        app.draw();
    }

    clear() {
        this.touch();
        if (this.field === "pin") {
            this.pin = "";
        } else {
            this.staff = "";
            this.card = "";
        }
        app.draw();
    }

    /** @param {"staff" | "pin"} field */
    goTo(field) {
        this.touch();
        if (this.field === field) return;
        this.field = field;
        app.draw();
    }

    /**
     * Every key on the page passes here first: a card may be held to the reader wherever the focus is.
     * @param {KeyboardEvent} event
     */
    anyKey(event) {
        const now = performance.now();
        const quick = now - this.lastKey < CARD_KEY_MS;
        this.lastKey = now;
        if (event.key.length === 1) this.burst = quick ? this.burst + event.key : event.key;
        if (event.key !== "Enter") return;
        const { burst } = this;
        this.burst = "";
        // Who is known already and types this fast types a PIN; but a card may be held up twice.
        const asked = this.field === "staff" || !this.known() || burst === this.card;
        if (!quick || burst.length < CARD_KEYS || !asked || this.busy) return;
        event.preventDefault();
        event.stopPropagation();
        const { own } = app.choice;
        if (own?.endsWith(burst)) app.choice.own = own.slice(0, -burst.length);
        this.take(burst);
    }

    /**
     * A card was held to the controller's own reader. Who is known already keeps what was typed, as
     * long as it is not the same card.
     * @param {string} card
     */
    cardRead(card) {
        const asked = this.field === "staff" || !this.known() || card === this.card;
        if (asked && !this.busy) this.take(card);
    }

    /** @param {string} card */
    take(card) {
        this.wipe();
        this.card = card;
        this.touch();
        this.message = "";
        announce(t("card_read"));
        this.toPin();
    }

    toPin() {
        this.field = "pin";
        app.focus = "pin";
        app.draw();
    }

    /** @param {KeyboardEvent} event */
    staffKey(event) {
        this.touch();
        if (event.key !== "Enter") return;
        event.preventDefault();
        if (this.known()) this.toPin();
    }

    /** @param {KeyboardEvent} event */
    pinKey(event) {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        if (/^[0-9]$/.test(event.key)) this.press(event.key);
        else if (event.key === "Backspace") this.back();
        else if (event.key === "Enter") this.submit();
        else return;
        event.preventDefault();
    }

    known() {
        return this.staff.trim() !== "" || this.card !== "";
    }

    /** Something beside the person is missing. */
    missing() {
        const rest = this.body();
        return typeof rest === "string" ? rest : "";
    }

    ready() {
        return this.known() && this.pin.length >= SHORTEST_PIN && !this.busy && this.locked() === 0
            && this.missing() === "";
    }

    async submit() {
        const rest = this.body();
        if (!this.ready() || typeof rest === "string") {
            if (!this.known()) app.focus = "staff";
            app.draw();
            return;
        }
        const who = this.card !== "" ? { card: this.card } : { staff: this.staff.trim() };
        const own = { ...who, pin: this.pin };
        if (this.options.twoPersons?.() && !this.first) {
            this.wipe();
            this.first = own;
            app.focus = "staff";
            app.draw();
            return;
        }
        const sent = act(this.action, this.first ? { ...rest, ...this.first, to: own } : { ...rest, ...own });
        const two = this.first !== null;
        this.first = null;
        this.pin = "";
        this.busy = true;
        this.message = "";
        app.draw();
        const answer = await sent;
        this.busy = false;
        this.touch();
        if (answer.status === 200) {
            this.wipe();
            this.options.done?.(answer.body);
            takeAnswer(answer.body);
            return;
        }
        this.refused(answer.status, answer.body, two);
    }

    /** @param {number} status @param {Refusal} refusal @param {boolean} [two] both begin again */
    refused(status, refusal, two = false) {
        if (!app.state) return;
        const gone = app.credential !== this;
        if (!gone && this.options.refused?.(status, refusal)) return app.draw();
        if (status === 423 && refusal.seconds_left)
            this.lockedUntil = performance.now() + refusal.seconds_left * 1000;
        const who = refusal.code === "same_person" || status === 423 || status === 403 || two;
        if (who) this.wipe();
        this.field = who ? "staff" : "pin";
        app.focus = this.field;
        const whose = refusal.who === "to" ? t("handover_to_wrong") : refusal.who === "from" ? t("handover_from_wrong") : "";
        this.message = whose + refusalText(app.state, status, refusal);
        announce(this.message, "assertive");
        app.draw();
    }
}

/** @param {Credential} c @returns {VNode} */
function staffField(c) {
    if (c.card !== "") {
        return h("div.field", { key: "card" },
            h("span.label", null, t("staff")),
            h("div.entry.card-read", null, icon("card"), h("span", null, t("card_read")),
                h("button.small", { type: "button", onclick: () => {
                    c.wipe();
                    app.focus = "staff";
                    app.draw();
                } }, t("card_clear"))));
    }
    return h("div.field", { key: "staff" },
        h("label.label", { for: "staff" }, t("staff")),
        h("input.entry", {
            id: "staff", type: "text", inputmode: "none", autocomplete: "off", spellcheck: "false",
            autocapitalize: "off", maxlength: LONGEST_STAFF, value: c.staff,
            class: c.field === "staff" ? "active" : "",
            oninput: (/** @type {any} */ event) => {
                c.touch();
                c.message = "";
                c.staff = event.target.value;
                app.draw();
            },
            onkeydown: (/** @type {KeyboardEvent} */ event) => c.staffKey(event),
            onfocus: () => c.goTo("staff"),
        }));
}

/** @param {Credential} c @returns {VNode} */
function pinField(c) {
    const said = c.pin === "" ? t("pin_empty") : t("pin_count", { n: c.pin.length });
    return h("div.field", null,
        h("span.label", { id: "pin-label" }, t("pin")),
        h("div.entry.pin", {
            id: "pin", role: "textbox", tabindex: 0, "aria-labelledby": "pin-label pin-said",
            class: c.field === "pin" ? "active" : "",
            onfocus: () => c.goTo("pin"),
            onclick: () => c.goTo("pin"),
            onkeydown: (/** @type {KeyboardEvent} */ event) => c.pinKey(event),
        },
        Array.from({ length: Math.max(SHORTEST_PIN, c.pin.length) }, (_, i) =>
            h("span.dot", { class: i < c.pin.length ? "full" : "" }))),
        h("span.unseen", { id: "pin-said" }, said));
}

/** @param {Credential} c */
function keypad(c) {
    /** @param {string} digit */
    const key = (digit) => h("button.key", { type: "button", onclick: () => c.press(digit) }, digit);
    return h("div.keypad", { role: "group", "aria-label": t("keypad") },
        ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(key),
        h("button.key.word", { type: "button", onclick: () => c.clear() }, t("key_clear")),
        key("0"),
        h("button.key.word", {
            type: "button", "aria-label": t("key_back"), onclick: () => c.back(),
        }, icon("backspace")));
}

/**
 * The whole form. Digits typed anywhere in it go to the field that is lit.
 * @param {Credential} c
 * @returns {VNode}
 */
export function credentialForm(c) {
    const locked = c.locked();
    const message = locked > 0 ? t("locked_left", { left: span(locked) })
        : c.message || (c.known() && c.pin !== "" ? c.missing() : "");
    return h("form.credential", {
        autocomplete: "off", novalidate: true,
        onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            c.submit();
        },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
            const target = /** @type {Element} */ (event.target);
            if (target.id === "staff" || target.id === "pin") return;
            if (/^[0-9]$/.test(event.key)) c.press(event.key);
        },
    },
    h("div.who", null,
        staffField(c),
        pinField(c),
        h("p.message", { id: "credential-message", class: message ? "shown" : "" }, message)),
    keypad(c),
    h("button.primary.submit", {
        type: "submit", disabled: !c.ready(), "aria-describedby": "credential-message",
    }, c.busy ? t("checking") : t(c.options.label)));
}

/** What is left of a window of time, as a ring that empties. @param {number | null} seconds @param {number} whole */
export function ring(seconds, whole) {
    const s = left(seconds) ?? 0;
    const around = 2 * Math.PI * 44;
    const part = whole > 0 ? Math.min(1, s / whole) : 0;
    return h("div.ring", { role: "timer", "aria-label": t("seconds", { n: s }) },
        h("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" },
            h("circle", { cx: 50, cy: 50, r: 44, class: "track" }),
            h("circle", {
                cx: 50, cy: 50, r: 44, class: "rest", "stroke-dasharray": around,
                "stroke-dashoffset": around * (1 - part), transform: "rotate(-90 50 50)",
            })),
        h("span.number", { "aria-hidden": "true" }, span(s)));
}
