// Steps 4 to 6: the countdown that anybody may stop, each PC on its way, the choice for one that
// does not shut down, and the end.
import { app, home, openDialog } from "./app.js";
import { cancelClosing, finished, progressIds, stepOf } from "./closing.js";
import { clockOf, left } from "./clock.js";
import { ring } from "./credential.js";
import { exceptDialog, forceDialog } from "./dialogs.js";
import { facade, icon } from "./icons.js";
import { h } from "./view.js";
import { listed, nameOf, namesOf, t } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./view.js").VNode} VNode */

let whole = 0;

/** @param {State} state @returns {VNode} */
export function countdown(state) {
    const { seconds_left } = state.closing;
    whole = Math.max(whole, seconds_left ?? 0);
    return h("div.countdown", { key: "countdown" },
        ring(seconds_left, whole),
        h("h1", { id: "stage-title", tabindex: -1 },
            t("countdown_title", { n: left(seconds_left) ?? 0 })),
        h("p.lead", null, t("countdown_hint")),
        app.notice && h("p.notice", { key: "notice", class: app.notice.tone }, app.notice.text),
        h("button.cancel", { type: "button", id: "cancel-closing", onclick: cancelClosing },
            icon("cross"), h("span", null, t("cancel_closing"))));
}

/** How far along a step is, of 100. */
const ALONG = {
    none: 0, waiting: 4, asked: 35, cutting: 70, proving: 85, cut: 100, held: 35, excepted: 100,
    failed: 100, switching_on: 55, on: 100,
};
/** @type {Record<string, string>} */
const MARK = { cut: "check", on: "check", held: "warning", failed: "warning", excepted: "power" };

/** @param {State} state @param {string} id */
function choices(state, id) {
    const { force } = state.closing;
    const name = nameOf(state, id);
    if (force && force.circuit === id) {
        return h("div.choices", { key: "force" },
            h("p.ask", null, t("force_second", { left: left(force.seconds_left) ?? 0 })),
            h("button.danger", { type: "button", onclick: () => forceDialog(id) }, t("force_now")));
    }
    if (app.waiting.has(id)) {
        return h("div.choices", { key: "waiting" },
            h("p.ask", null, t("hold_waiting")),
            h("button.small", { type: "button", "aria-label": `${name}: ${t("hold_choose")}`,
                onclick: () => {
                    app.waiting.delete(id);
                    app.draw();
                } }, t("hold_choose")));
    }
    return h("div.choices", { key: "choose", role: "group", "aria-label": name },
        h("button.small", { type: "button", onclick: () => {
            app.waiting.add(id);
            app.draw();
        } }, t("hold_wait")),
        h("button.small", { type: "button", onclick: () => exceptDialog(id) }, t("hold_except")),
        h("button.danger", { type: "button", onclick: () => forceDialog(id) }, t("hold_force")));
}

/** @param {State} state @param {string} id */
function circuit(state, id) {
    const step = stepOf(state, id);
    const rest = left(state.closing.steps?.[id]?.seconds_left);
    const counts = rest !== null && (step === "asked" || step === "proving");
    return h("li.circuit", { key: id, class: step },
        h("div.line", null,
            h("span.mark", { "aria-hidden": "true" }, icon(MARK[step] ?? "pc")),
            h("span.name", null, nameOf(state, id))),
        h("div.track", { "aria-hidden": "true" }, h("i", { "width%": ALONG[step] ?? 0 })),
        h("div.line", null,
            h("span.word", null, t(`pstep_${step}`)),
            h("span.rest", null, counts ? t("at_most", { n: rest }) : "")),
        step === "held" && choices(state, id));
}

/** @param {State} state */
export function circuits(state) {
    const ids = progressIds(state);
    const held = ids.filter((id) => stepOf(state, id) === "held");
    const others = ids.filter((id) => stepOf(state, id) !== "held");
    return h("ul.circuits", null, [...held, ...others].map((id) => circuit(state, id)));
}

/** @param {State} state @returns {VNode} */
export function progress(state) {
    whole = 0;
    const ids = progressIds(state);
    const done = finished(state);
    const held = ids.filter((id) => stepOf(state, id) === "held" && !app.waiting.has(id));
    const title = held.length > 0 ? t("hold_title", { names: namesOf(state, held) }) : t("progress_title");
    return h("div.progress", { key: "progress", class: held.length > 0 ? "holding" : "" },
        h("div.heading", null,
            h("div", null,
                h("h1", { id: "stage-title", tabindex: -1 }, title),
                h("p.lead", null, held.length > 0 ? t("hold_hint") : t("progress_hint"))),
            h("p.tally", { role: "status" }, h("span.unseen", null, t("progress_of", { done, all: ids.length })),
                h("b", { "aria-hidden": "true" }, String(done)),
                h("span", { "aria-hidden": "true" }, ` / ${ids.length}`))),
        app.notice && h("p.notice", { key: "notice", class: app.notice.tone }, app.notice.text),
        circuits(state),
        h("button.quiet.stop", { type: "button", id: "stop", onclick: () => openDialog({ kind: "stop" }) },
            icon("cross"), t("stop_rest")));
}

/** Nothing of the people stays on the screen (R28). */
function leave() {
    app.names = [];
    home();
}

/** @param {State} state @returns {VNode} */
export function done(state) {
    whole = 0;
    const { phase, ended, left_on } = state.closing;
    const partial = phase === "partial";
    const { names } = app;
    const text = !partial ? t("done_text", { time: clockOf(ended) })
        : left_on.length > 0 ? t("done_left_on", { names: namesOf(state, left_on) })
            : t("done_partial_text");
    return h("div.done", { key: "done", class: partial ? "partial" : "" },
        facade(state),
        h("h1", { id: "stage-title", tabindex: -1 },
            h("span.seal", { "aria-hidden": "true" }, icon(partial ? "warning" : "check")),
            t(partial ? "done_partial" : "done_title"), h("span.time", null, clockOf(ended))),
        h("p.lead", null, text),
        state.lightbox?.actual === "on" && h("p.lit", { key: "lit" }, icon("lamp"), t("done_lightbox")),
        names.length > 0 && h("p.names", { key: "names" }, t("done_names", { names: listed(names) })),
        h("button.primary", { type: "button", id: "finish", onclick: leave }, t("done_button")));
}
