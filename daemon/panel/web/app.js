// What the page knows, and when it is drawn again. The hall's state is the daemon's; only what a
// person is just doing at this screen is kept here, and nothing of it outlives that.
import { announce } from "./view.js";
import { heard } from "./clock.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./credential.js").Credential} Credential */
/**
 * @typedef {{kind: "alarm", id: string} | {kind: "lightbox"} | {kind: "window", id: string} | {kind: "post"}
 *   | {kind: "extend"} | {kind: "reason", id: string, contact: boolean}
 *   | {kind: "hold_except", id: string} | {kind: "hold_force", id: string}
 *   | {kind: "stop"}} Dialog
 */

export const app = {
    /** @type {State | null} */
    state: null,
    lost: false,
    /** @type {"idle" | "closing" | "opening"} */
    screen: "idle",
    /** In the closing, before anybody confirmed. @type {"review" | "first"} */
    step: "review",
    /** A closing ended while we watched. */
    ended: false,
    /** @type {{text: string, tone: "bad" | "warn" | "good"} | null} */
    notice: null,
    /** Exceptions that the first person will ask for: id to reason. @type {Map<string, string>} */
    except: new Map(),
    /** @type {Set<string>} */
    attest: new Set(),
    /** Who confirmed at this screen, for the last picture. @type {string[]} */
    names: [],
    /** Held PCs for which somebody chose to wait. @type {Set<string>} */
    waiting: new Set(),
    /** @type {Dialog | null} */
    dialog: null,
    /** What is being chosen in the dialog. @type {Record<string, string>} */
    choice: {},
    /** @type {Credential | null} */
    credential: null,
    /** When somebody last touched the screen or a key. */
    touched: performance.now(),
    /** Set by panel.js. */
    draw: () => {},
    /** Called with the state before and the state after. @type {((before: State | null, after: State) => void)[]} */
    onState: [],
    /** The id of the element that gets the focus after the next drawing. */
    focus: "",
};

/** @param {State} next */
export function take(next) {
    const before = app.state;
    app.state = next;
    heard(next);
    for (const listener of app.onState) listener(before, next);
    app.draw();
}

/** The state that came as an answer: a push may have overtaken it. @param {State} next */
export function takeAnswer(next) {
    if (app.state && next.ts < app.state.ts) app.draw();
    else take(next);
}

/** @param {string} text @param {"bad" | "warn" | "good"} tone */
export function notify(text, tone) {
    app.notice = { text, tone };
    announce(text, tone === "bad" ? "assertive" : "polite");
}

/** Takes whatever credential is being typed off the screen. */
export function dropCredential() {
    app.credential?.wipe();
    app.credential = null;
}

/** @param {Dialog} dialog @param {Credential | null} [credential] */
export function openDialog(dialog, credential = null) {
    dropCredential();
    app.dialog = dialog;
    app.choice = {};
    app.credential = credential;
    app.draw();
}

export function closeDialog() {
    if (!app.dialog) return;
    app.dialog = null;
    app.choice = {};
    dropCredential();
    app.draw();
}

/** Back to the picture of the hall. */
export function home() {
    dropCredential();
    app.dialog = null;
    app.screen = "idle";
    app.step = "review";
    app.ended = false;
    app.except.clear();
    app.attest.clear();
    app.waiting.clear();
    app.focus = "hall-state";
    app.draw();
}
