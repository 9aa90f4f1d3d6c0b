// Small questions over the picture: what, and who asks for it.
import { app, closeDialog, notify, openDialog } from "./app.js";
import { anybody, cancelClosing } from "./closing.js";
import { Credential, credentialForm } from "./credential.js";
import { left } from "./clock.js";
import { postDialog, postQuestions, staffedPosts } from "./posts.js";
import { icon } from "./icons.js";
import { h } from "./view.js";
import { alarmText, nameOf, t } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./view.js").VNode} VNode */

function saved() {
    closeDialog();
    notify(t("saved"), "good");
}

/** @param {string} id */
export function acknowledgeDialog(id) {
    openDialog({ kind: "alarm", id },
        new Credential("alarm/acknowledge", () => ({ alarm: id }), { label: "confirm", done: saved }));
}

export function lightboxDialog() {
    openDialog({ kind: "lightbox" }, new Credential("lightbox/override", () => {
        const { what, until } = app.choice;
        if (what === "auto") return { until: "cleared" };
        const lit = what === "on";
        if (until === "1h" || until === "3h")
            return { lit, until: "duration", seconds: until === "1h" ? 3600 : 10800 };
        return { lit, until };
    }, { label: "confirm", done: saved }));
    app.choice = { what: app.state?.lightbox?.actual === "on" ? "off" : "on", until: "next_switch" };
}

export function extendDialog() {
    openDialog({ kind: "extend" }, new Credential("closing/extend",
        () => ({ minutes: Number(app.choice.minutes) }), { label: "confirm", done: saved }));
    app.choice = { minutes: "30" };
}

/** @param {string} id */
export function windowDialog(id) {
    openDialog({ kind: "window", id });
}

/** @param {string} id */
export function exceptDialog(id) {
    openDialog({ kind: "hold_except", id }, new Credential("closing/except",
        () => (reason() ? { circuit: id, reason: reason() } : t("reason_pick")),
        { label: "confirm", done: closeDialog }));
}

/** @param {string} id */
export function forceDialog(id) {
    openDialog({ kind: "hold_force", id }, new Credential("closing/force",
        () => (reason() ? { circuit: id, reason: reason() } : t("reason_pick")),
        { label: "confirm", done: closeDialog }));
}

const reason = () => (app.choice.own || app.choice.reason || "").trim();

/**
 * One of several, as large buttons.
 * @param {string} name  in app.choice
 * @param {string} legend
 * @param {[string, string][]} options  value and words
 */
function choose(name, legend, options) {
    return h("fieldset.choose", { key: name },
        h("legend", null, legend),
        h("div.options", null, options.map(([value, words]) => h("label.option", {
            key: value, class: app.choice[name] === value ? "chosen" : "",
        },
        h("input", { type: "radio", name, value, checked: app.choice[name] === value,
            onchange: () => {
                app.choice[name] = value;
                if (name === "reason") app.choice.own = "";
                app.credential?.touch();
                app.draw();
            } }),
        h("span", null, words)))));
}

/** @param {string} presets  words key @returns {VNode[]} */
function reasons(presets) {
    return [
        choose("reason", t("reason_title"), t(presets).split("|").map((r) => [r, r])),
        h("label.own", { key: "own" }, h("span.label", null, t("reason_own")),
            h("input.entry", { id: "own-reason", type: "text", autocomplete: "off", maxlength: 60,
                value: app.choice.own ?? "",
                oninput: (/** @type {any} */ event) => {
                    app.choice.own = event.target.value;
                    if (event.target.value) app.choice.reason = "";
                    app.draw();
                } })),
        h("p.hint", { key: "pick" }, reason() ? "" : t("reason_pick")),
    ];
}

/**
 * @param {string} title
 * @param {...import("./view.js").Child} content
 */
function frame(title, ...content) {
    return h("div.frame", { key: app.dialog?.kind, class: app.credential ? "wide" : "" },
        h("div.head", { key: "head" },
            h("h2", { id: "dialog-title", tabindex: -1 }, title),
            h("button.close", { type: "button", "aria-label": t("close"), onclick: closeDialog },
                icon("cross"))),
        h("div.content", { key: "content" }, h("div.column", null, ...content),
            app.credential && h("div.person", { key: "person" }, credentialForm(app.credential))));
}

/** @param {string} id @param {boolean} contact @param {State} state */
function reasonDialog(id, contact, state) {
    return frame(t("reason_for", { name: nameOf(state, id) }),
        reasons(contact ? "reasons_contact" : "reasons_pc"),
        h("button.primary", { type: "button", disabled: !reason(), onclick: () => {
            app.except.set(id, reason());
            closeDialog();
        } }, t("ok")));
}

/** @param {string} id @param {State} state */
function windowChoices(id, state) {
    const window = state.windows[id];
    return frame(t("window_title", { name: window?.name ?? id }),
        h("div.options.states", null, ["serving", "paused", "closed", "fault"].map((word) =>
            h("button.option", { key: word, type: "button", class: `${word} ${window?.state === word ? "chosen" : ""}`,
                "aria-pressed": window?.state === word ? "true" : "false",
                onclick: async () => {
                    await anybody("window/set", { window: id, state: word });
                    closeDialog();
                } }, h("i.lamp", { class: word, "aria-hidden": "true" }), t(`window_${word}`)))),
        state.posts?.[window?.post]?.staffed && h("button.quiet", { key: "post", type: "button",
            id: "window-post", onclick: () => postDialog(window.post) }, icon("card"), t("posts")));
}

/** @param {State} state */
function postChoices(state) {
    const { acts, hint } = postQuestions();
    return frame(t("post_title"),
        choose("act", t("post_do"), acts),
        choose("post", t("post_choose"), staffedPosts(state).map(([id, post]) => [id, post.name])),
        h("p.hint", { key: "hint", role: "status" }, hint));
}

/** @param {State} state */
function lightboxChoices(state) {
    /** @type {[string, string][]} */
    const what = [["on", t("lit_turn_on")], ["off", t("lit_turn_off")]];
    if (state.lightbox?.overridden) what.push(["auto", t("lit_auto")]);
    return frame(t("lit_title"),
        choose("what", t("lit_choose"), what),
        app.choice.what !== "auto" && choose("until", t("lit_until"), [
            ["next_switch", t("until_next_switch")], ["1h", t("until_1h")], ["3h", t("until_3h")],
            ["permanent", t("until_permanent")]]));
}

/** @param {State} state @returns {VNode | false} */
export function dialogContent(state) {
    const d = app.dialog;
    if (!d) return false;
    switch (d.kind) {
        case "reason":
            return reasonDialog(d.id, d.contact, state);
        case "window":
            return windowChoices(d.id, state);
        case "post":
            return postChoices(state);
        case "lightbox":
            return lightboxChoices(state);
        case "alarm": {
            const alarm = state.alarms.find((a) => a.id === d.id);
            return frame(t("ack_title"),
                h("p.lead", null, alarm ? alarmText(state, alarm) : t("refused_alarm_unknown")),
                h("p.quiet-text", null, t("ack_text")));
        }
        case "extend":
            return frame(t("extend_title"), h("p.quiet-text", null, t("extend_text")),
                choose("minutes", t("extend_by"), [["15", t("minutes", { n: 15 })],
                    ["30", t("minutes", { n: 30 })], ["60", t("hours", { n: 1 })],
                    ["120", t("hours", { n: 2 })]]));
        case "hold_except":
            return frame(t("hold_except_title", { name: nameOf(state, d.id) }),
                h("p.quiet-text", null, t("hold_except_text")), reasons("reasons_pc"));
        case "hold_force": {
            const { force } = state.closing;
            const second = force?.circuit === d.id;
            return frame(t("hold_force_title", { name: nameOf(state, d.id) }),
                h("p.notice.warn", null, second
                    ? t("force_second", { left: left(force?.seconds_left) ?? 0 }) : t("hold_force_text")),
                reasons("reasons_force"));
        }
        case "stop":
            return frame(t("stop_rest_title"), h("p.lead", null, t("stop_rest_text")),
                h("div.pair", null,
                    h("button.quiet", { type: "button", onclick: closeDialog }, t("back")),
                    h("button.danger", { type: "button", id: "stop-now", onclick: () => {
                        closeDialog();
                        cancelClosing();
                    } }, t("stop_rest"))));
    }
}
