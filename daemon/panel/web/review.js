// Step 1: what still hinders, what will be cut, what stays on and why, and what only eyes can tell.
import { app, openDialog } from "./app.js";
import { anybody, openBlockers, toFirst, unattested } from "./closing.js";
import { clockOf } from "./clock.js";
import { icon } from "./icons.js";
import { h } from "./view.js";
import { blockerText, nameOf, namesOf, t, voidText } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./view.js").VNode} VNode */

/** @param {string} id @param {boolean} contact */
function askReason(id, contact) {
    openDialog({ kind: "reason", id, contact });
}

/** @param {string} id */
function takeBack(id) {
    app.except.delete(id);
    app.draw();
}

/** Why the last attempt does not count; what happened just now says it already. @param {State} state */
function voidNote(state) {
    const why = state.closing.void;
    if (app.notice || !why || why.reason === "cancelled") return false;
    return h("p.notice.warn", { key: "void" }, voidText(state, why));
}

/** @param {State} state */
function blockers(state) {
    const list = openBlockers(state);
    const excepted = state.closing.blockers.filter((b) => app.except.has(b.id));
    if (list.length + excepted.length === 0)
        return h("p.fine.big", { key: "fine" }, icon("check"), t("review_ready"));
    return h("ul.blockers", { key: "blockers" },
        list.map((b) => h("li.blocker", { key: `${b.kind} ${b.id}` },
            icon(b.kind === "contact_open" ? "door_open" : "warning"),
            h("span.text", null, blockerText(state, b)),
            b.kind.startsWith("contact_") && h("button.small", {
                type: "button", "aria-label": t("sensor_broken_name", { name: nameOf(state, b.id) }),
                onclick: () => askReason(b.id, true),
            }, t("sensor_broken")))),
        excepted.map((b) => h("li.blocker.excepted", { key: `x ${b.id}` },
            icon("check"),
            h("span.text", null, nameOf(state, b.id), h("span.reason", null, app.except.get(b.id) ?? "")),
            h("button.small", { type: "button",
                "aria-label": t("take_back_name", { name: nameOf(state, b.id) }),
                onclick: () => takeBack(b.id) }, t("take_back")))));
}

/** @param {State} state @param {string} id */
function circuitRow(state, id) {
    const circuit = state.circuits[id];
    const reason = app.except.get(id);
    const pc = circuit ? t(`pc_${circuit.pc}`) : "";
    const watts = circuit && circuit.watts !== null ? t("watts", { n: Math.round(circuit.watts) }) : "";
    return h("li.row", { key: id, class: reason === undefined ? "" : "excepted" },
        h("span.pc-mark", { class: circuit?.pc ?? "unknown", "aria-hidden": "true" }, icon("pc")),
        h("span.text", null, h("span.name", null, nameOf(state, id)),
            h("span.reason", null, reason ?? [pc, watts].filter(Boolean).join(" · "))),
        reason === undefined
            ? h("button.small", { type: "button",
                "aria-label": t("leave_on_name", { name: nameOf(state, id) }),
                onclick: () => askReason(id, false) }, t("leave_on"))
            : h("button.small", { type: "button",
                "aria-label": t("take_back_name", { name: nameOf(state, id) }),
                onclick: () => takeBack(id) }, t("take_back")));
}

/** The boxes that each person ticks for what no sensor tells. @param {State} state */
export function attestations(state) {
    const list = state.closing.to_attest;
    if (list.length === 0) return false;
    return h("fieldset.attest", { key: "attest" },
        h("legend", null, icon("eye"), t("attest_title")),
        list.map((contact) => h("label.tick", { key: contact.id },
            h("input", { type: "checkbox", checked: app.attest.has(contact.id),
                onchange: (/** @type {any} */ event) => {
                    if (event.target.checked) app.attest.add(contact.id);
                    else app.attest.delete(contact.id);
                    app.draw();
                } }),
            h("span", null, t("attest_one", { name: contact.name })))));
}

/** @param {State} state */
export function earlyNote(state) {
    if (!state.closing.early) return false;
    const at = state.closing.closes_at;
    return h("p.notice.warn", { key: "early" }, at
        ? t("review_early", { time: clockOf(at) }) : t("review_early_plain"));
}

/** @param {State} state */
function alreadyExcepted(state) {
    const { excepted, excepted_contacts } = state.closing.plan;
    const all = [...excepted, ...excepted_contacts];
    if (all.length === 0) return false;
    return h("div.stays", { key: "stays" },
        h("h3", null, t("review_left")),
        h("ul", null, all.map((e) => h("li", { key: e.id },
            h("span.name", null, nameOf(state, e.id)), h("span.reason", null, e.reason)))),
        h("button.small", { type: "button", onclick: () => anybody("closing/cancel") },
            t("drop_exceptions")));
}

/** @param {State} state @returns {VNode} */
export function review(state) {
    const { plan } = state.closing;
    const blocked = openBlockers(state).length;
    const unseen = unattested(state).length;
    const cut = plan.cut.filter((id) => !app.except.has(id)).length;
    const hint = blocked > 0 ? t("first_fix", { n: blocked }) : unseen > 0 ? t("first_attest") : "";
    return h("div.review", { key: "review" },
        h("div.column", null,
            h("h1", { id: "stage-title", tabindex: -1 }, t("review_title")),
            app.notice && h("p.notice", { key: "notice", class: app.notice.tone }, app.notice.text),
            voidNote(state),
            blockers(state),
            earlyNote(state),
            attestations(state),
            alreadyExcepted(state),
            h("div.onward", { key: "onward" },
                h("p.hint", { id: "next-hint" }, hint),
                h("button.primary.next", { type: "button", id: "next", disabled: hint !== "",
                    "aria-describedby": "next-hint", onclick: toFirst },
                h("span", null, t("next_confirm")), icon("forward")))),
        h("section.card.plan", { "aria-labelledby": "plan-title" },
            h("h2", { id: "plan-title" },
                cut > 0 ? t("review_cut", { n: cut }) : t("review_none_cut")),
            h("ul", null, plan.cut.map((id) => circuitRow(state, id))),
            plan.already_off.length > 0 && h("p.quiet-text", { key: "off" },
                t("review_off", { names: namesOf(state, plan.already_off) }))));
}
