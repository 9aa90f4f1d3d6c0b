// The closing as one flow: which picture belongs to which phase, and what to do when the world
// changes meanwhile. The rules are the daemon's; here is only what a person sees of them.
import { act } from "./link.js";
import { app, dropCredential, home, notify, takeAnswer } from "./app.js";
import { Credential } from "./credential.js";
import { announce } from "./view.js";
import { refusalText, t, namesOf, voidText } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Plan} Plan */
/** @typedef {import("./state.js").Phase} Phase */
/** @typedef {"review" | "first" | "second" | "countdown" | "progress" | "done"} Stage */

/** @type {Phase[]} */
const RUNNING = ["stopping", "cutting", "hold"];
/** After these refusals the person looks at the plan again. */
const LOOK_AGAIN = ["plan_changed", "plan_unknown", "plan_missing", "confirm_window_over",
    "contact_open", "contact_unknown", "attest_missing", "inhibited", "unknown_circuit"];
const LEAVE = ["already_closed", "already_open"];

/** The plan that the first person is looking at. @type {Plan | null} */
let seen = null;

/** @param {State} state @returns {Stage} */
export function stage(state) {
    const { phase } = state.closing;
    if (phase === "countdown") return "countdown";
    if (RUNNING.includes(phase)) return "progress";
    if (app.ended) return "done";
    if (phase === "collecting") return "second";
    return app.step;
}

/** Circuits that this closing is about. @param {State} state */
export function progressIds(state) {
    const steps = state.closing.steps ?? {};
    return Object.keys(state.circuits).filter((id) => (steps[id]?.step ?? "none") !== "none");
}

/** @param {State} state @param {string} id */
export const stepOf = (state, id) => state.closing.steps?.[id]?.step ?? "none";

/** How many circuits have come to an end. @param {State} state */
export function finished(state) {
    const ends = ["cut", "excepted", "failed", "on"];
    return progressIds(state).filter((id) => ends.includes(stepOf(state, id))).length;
}

/** What still forbids the confirmation, seen from this screen. @param {State} state */
export function openBlockers(state) {
    return state.closing.blockers.filter((b) => !app.except.has(b.id));
}

/** @param {State} state */
export function unattested(state) {
    return state.closing.to_attest.filter((contact) => !app.attest.has(contact.id));
}

export function beginClosing() {
    dropCredential();
    app.notice = null;
    app.ended = false;
    app.screen = "closing";
    app.step = "review";
    app.attest.clear();
    app.focus = "stage-title";
    ensureSecond();
    app.draw();
}

export function beginOpening() {
    app.notice = null;
    app.screen = "opening";
    app.credential = new Credential("opening/open", () => ({}), {
        label: "opening_confirm",
        refused: (status, refusal) => {
            if (!LEAVE.includes(refusal.code ?? "")) return false;
            leave(status, refusal);
            return true;
        },
    });
    app.focus = "staff";
    app.draw();
}

/** From the picture of the plan to the first person. */
export function toFirst() {
    const { state } = app;
    if (!state || openBlockers(state).length > 0 || unattested(state).length > 0) return;
    seen = state.closing.plan;
    app.notice = null;
    app.step = "first";
    app.credential = new Credential("closing/confirm", () => ({
        plan: seen?.digest ?? "",
        attest: [...app.attest],
        except: [...app.except].map(([id, reason]) => ({ id, reason })),
    }), { label: "confirm_first", done: (answer) => {
        forgetDrafts();
        app.names = [];
        rememberName(answer);
    }, refused });
    app.focus = "staff";
    app.draw();
}

export function backToReview() {
    dropCredential();
    app.step = "review";
    app.focus = "stage-title";
    app.draw();
}

/** @param {import("./credential.js").Answered} answer */
function rememberName(answer) {
    const name = answer.person?.name || answer.person?.staff;
    if (name) app.names.push(name);
}

function forgetDrafts() {
    app.except.clear();
    app.attest.clear();
}

/** While one has confirmed, the screen is the second person's. */
function ensureSecond() {
    if (!app.state || app.screen !== "closing" || app.state.closing.phase !== "collecting") return;
    if (app.credential?.options.label === "confirm_second") return;
    dropCredential();
    app.credential = new Credential("closing/confirm", () => {
        const { state } = app;
        if (!state || unattested(state).length > 0) return t("first_attest");
        return { plan: state.closing.plan.digest, attest: [...app.attest], except: [] };
    }, { label: "confirm_second", done: (answer) => {
        app.attest.clear();
        rememberName(answer);
    }, refused });
    app.focus = "staff";
    announce(t("second_title"), "assertive");
}

/** @param {number} status @param {import("./state.js").Refusal} refusal */
function leave(status, refusal) {
    if (!app.state) return;
    const text = refusalText(app.state, status, refusal);
    home();
    notify(text, "warn");
    app.draw();
}

/** @param {number} status @param {import("./state.js").Refusal} refusal */
function refused(status, refusal) {
    const code = refusal.code ?? "";
    if (!app.state) return false;
    if (LEAVE.includes(code)) {
        leave(status, refusal);
        return true;
    }
    if (!LOOK_AGAIN.includes(code)) return false;
    const waitsForSecond = app.state.closing.phase === "collecting" && code === "attest_missing";
    if (waitsForSecond) return false;
    lookAgain(refusalText(app.state, status, refusal), "bad");
    return true;
}

/** @param {string} text @param {"bad" | "warn"} tone */
function lookAgain(text, tone) {
    dropCredential();
    app.step = "review";
    app.attest.clear();
    app.focus = "stage-title";
    notify(text, tone);
}

/** An action that needs nobody's name. @param {string} action @param {object} [body] */
export async function anybody(action, body = {}) {
    const answer = await act(action, body);
    if (!app.state) return;
    if (answer.status === 200) takeAnswer(answer.body);
    else notify(refusalText(app.state, answer.status, answer.body), "bad");
    app.draw();
}

/** When the countdown appeared, under a finger that may tap twice. */
let countdownSince = 0;
const TWO_TAPS_MS = 600;

export function cancelClosing() {
    const counting = app.state?.closing.phase === "countdown";
    if (counting && performance.now() - countdownSince < TWO_TAPS_MS) return;
    anybody("closing/cancel");
}

/** Ids that stand differently in two plans. @param {Plan} a @param {Plan} b */
function differences(a, b) {
    /** @param {Plan} plan */
    const flat = (plan) => {
        /** @type {Map<string, string>} */
        const map = new Map();
        for (const id of plan.cut) map.set(id, "cut");
        for (const id of plan.already_off) map.set(id, "off");
        for (const e of [...plan.excepted, ...plan.excepted_contacts]) map.set(e.id, `except ${e.reason}`);
        for (const id of [...plan.open_contacts, ...plan.unknown_contacts]) map.set(id, "open");
        return map;
    };
    const was = flat(a);
    const is = flat(b);
    return [...new Set([...was.keys(), ...is.keys()])].filter((id) => was.get(id) !== is.get(id));
}

/** @param {State} state */
function planChangedUnderFirst(state) {
    if (!seen || stage(state) !== "first" || seen.digest === state.closing.plan.digest) return;
    const ids = differences(seen, state.closing.plan);
    seen = state.closing.plan;
    if (ids.length > 0)
        lookAgain(t("refused_plan_changed", { ids: namesOf(state, ids) }), "warn");
}

/** @param {State} state @param {Phase} was */
function attemptEnded(state, was) {
    const why = state.closing.void;
    const text = why ? voidText(state, why) : t("void_note");
    app.names = [];
    if (why?.reason === "cancelled" || was !== "collecting") {
        home();
        notify(why ? text : t("void_cancelled"), "warn");
    } else if (app.screen === "closing") {
        lookAgain(text, "bad");
    } else {
        notify(text, "warn");
    }
}

/** @param {Phase} phase */
function announcePhase(phase) {
    const hint = phase === "countdown" ? ` ${t("countdown_hint")}` : "";
    announce(t(`phase_${phase}`) + hint, phase === "countdown" || phase === "hold" ? "assertive" : "polite");
}

/** @param {State | null} before @param {State} after */
export function arrived(before, after) {
    const was = before?.closing.phase;
    const is = after.closing.phase;
    const resting = is === "open" || is === "closed" || is === "partial";
    for (const id of app.except.keys()) {
        const { plan } = after.closing;
        const there = [...plan.cut, ...plan.open_contacts, ...plan.unknown_contacts].includes(id);
        if (!there) app.except.delete(id);
    }
    if (was !== is) {
        if (!resting) app.step = "review";
        if (is === "countdown" || RUNNING.includes(is)) {
            if (app.screen !== "closing") app.dialog = null;
            if (was === "collecting" || was === "open" || app.screen !== "closing") dropCredential();
            app.screen = "closing";
            app.ended = false;
            app.notice = null;
            if (is === "countdown") countdownSince = performance.now();
            // Never the cancel button: the Enter that confirmed may still be held down.
            app.focus = "stage-title";
        }
        if (is === "opening") {
            dropCredential();
            app.screen = "opening";
            app.focus = "stage-title";
        }
        const authorised = was === "countdown" || (was && RUNNING.includes(was));
        if (was === "opening" && resting) {
            home();
            notify(t(is === "open" ? "opened" : `phase_${is}`), is === "open" ? "good" : "warn");
        } else if (authorised && (is === "closed" || is === "partial")
            && after.closing.ended !== before?.closing.ended) {
            app.dialog = null;
            dropCredential();
            app.waiting.clear();
            app.screen = "closing";
            app.ended = true;
            // Where staff numbers are published, a screen that saw nobody shows those.
            const published = before?.closing.confirmations.names ?? [];
            if (published.length > app.names.length) app.names = published;
            app.focus = "stage-title";
        } else if ((was === "collecting" || authorised) && resting) {
            attemptEnded(after, /** @type {Phase} */ (was));
        }
        if (was) announcePhase(is);
    }
    if (app.screen === "closing") planChangedUnderFirst(after);
    ensureSecond();
    const held = new Set(progressIds(after).filter((id) => stepOf(after, id) === "held"));
    for (const id of app.waiting) if (!held.has(id)) app.waiting.delete(id);
    const { dialog } = app;
    if (dialog && (dialog.kind === "hold_force" || dialog.kind === "hold_except") && !held.has(dialog.id)) {
        app.dialog = null;
        dropCredential();
    }
}
