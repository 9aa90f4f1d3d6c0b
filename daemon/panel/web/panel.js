// The panel's page: hears the daemon, draws what it says, and lets people act.
import { app, closeDialog, home, take } from "./app.js";
import { arrived, stage } from "./closing.js";
import { clockOf } from "./clock.js";
import { backToReview, firstPerson, secondPerson } from "./confirm.js";
import { dialogContent } from "./dialogs.js";
import { header, idle } from "./idle.js";
import { icon } from "./icons.js";
import { Link } from "./link.js";
import { opening } from "./opening.js";
import { countdown, done, progress } from "./progress.js";
import { review } from "./review.js";
import { announce, h, show } from "./view.js";
import { choose, language, t } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./closing.js").Stage} Stage */

const TICK_MS = 250;
/** Somebody walked away from a screen that was not finished. */
const FORGOTTEN_MS = 120000;
const DONE_MS = 60000;

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const banner = /** @type {HTMLElement} */ (document.getElementById("lost"));
const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));

/** @type {Stage[]} */
const STEPS = ["review", "first", "second", "countdown", "progress", "done"];
/** @type {Record<Stage, (state: State) => import("./view.js").VNode>} */
const SCREENS = { review, first: firstPerson, second: secondPerson, countdown, progress, done };
const STEP_WORDS = ["step_check", "step_first", "step_second", "step_countdown", "step_power", "step_done"];

/** @param {Stage} at */
function stepper(at) {
    const here = STEPS.indexOf(at);
    return h("ol.stepper", { key: "stepper" }, STEP_WORDS.map((word, i) => h("li", {
        key: word, class: i < here ? "past" : i === here ? "here" : "",
        "aria-current": i === here ? "step" : null,
    }, h("i", { "aria-hidden": "true" }, String(i + 1)), h("span", null, t(word)))));
}

/** @param {() => void} onclick */
const backButton = (onclick) => h("button.back", { key: "back", type: "button", id: "back", onclick },
    icon("back"), t("back"));

/** @param {State} state */
function flow(state) {
    if (app.screen === "opening") {
        return h("main.flow", { key: "opening" },
            h("nav.way", { key: "way" }, state.closing.phase !== "opening" && backButton(home)),
            opening(state));
    }
    const at = stage(state);
    const back = at === "review" || at === "second" ? home : at === "first" ? backToReview : null;
    return h("main.flow", { key: "closing", class: `at-${at}` },
        h("nav.way", { key: "way" }, back && backButton(back), stepper(at)),
        SCREENS[at](state));
}

/** Day, dusk or night: the page follows the hall. @param {State} state */
function sky(state) {
    const { phase } = state.closing;
    if (phase === "closed" || phase === "partial") return "night";
    if (phase === "open" || phase === "opening") return app.screen === "closing" ? "dusk" : "day";
    return "dusk";
}

function otherLanguage() {
    choose(language() === "zh" ? "en" : "zh");
    app.notice = null;
    draw();
}


function draw() {
    const { state } = app;
    if (!state) {
        show(root, h("p.plain", { key: "plain" }, t("loading")));
        return;
    }
    document.title = `${state.hall.name} · ${t(`phase_${state.closing.phase}`)}`;
    document.body.dataset.sky = sky(state);
    document.body.classList.toggle("away", app.lost);
    show(banner, app.lost && h("p", null, icon("warning"), t("lost", { time: clockOf(state.ts) })));
    show(root, header(state, otherLanguage), app.screen === "idle" ? idle(state) : flow(state));
    drawDialog(state);
    giveFocus();
}

/** @param {State} state */
function drawDialog(state) {
    show(dialog, dialogContent(state));
    if (app.dialog && !dialog.open) {
        dialog.showModal();
        if (!app.focus) document.getElementById("dialog-title")?.focus();
    } else if (!app.dialog && dialog.open) {
        dialog.close();
    }
}

function giveFocus() {
    if (!app.focus) return;
    const element = document.getElementById(app.focus);
    app.focus = "";
    element?.focus();
}

function tick() {
    const quiet = performance.now() - app.touched;
    app.credential?.tick();
    const { state } = app;
    if (!state) return;
    const resting = ["open", "closed", "partial"].includes(state.closing.phase);
    const unfinished = app.screen !== "idle" && !app.ended && resting;
    if ((unfinished || app.dialog) && quiet > FORGOTTEN_MS) {
        closeDialog();
        if (unfinished) home();
    }
    if (app.ended && quiet > DONE_MS) {
        app.names = [];
        home();
    }
    if (app.screen === "idle" && quiet > DONE_MS) app.notice = null;
    draw();
}

app.draw = () => {
    // What is drawn while a listener runs would be drawn half done.
    queueMicrotask(draw);
};
app.onState.push(arrived);
for (const type of ["pointerdown", "keydown"])
    document.addEventListener(type, () => { app.touched = performance.now(); }, true);
document.addEventListener("keydown", (event) => app.credential?.anyKey(event), true);
dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeDialog();
});

let first = true;
const wanted = new URLSearchParams(location.search).get("lang");
choose(wanted ?? "zh");
draw();
new Link((state) => {
    if (first && !wanted) choose(state.hall.locale);
    first = false;
    take(state);
}, (lost) => {
    app.lost = lost;
    announce(lost ? t("lost", { time: clockOf(app.state?.ts ?? null) }) : t("back_again"), "assertive");
    draw();
}, (card) => app.credential?.cardRead(card));
setInterval(tick, TICK_MS);
