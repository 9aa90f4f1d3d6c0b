// Steps 2 and 3: the persons. On the left what they put their names to, on the right who they are.
import { app } from "./app.js";
import { backToReview, cancelClosing } from "./closing.js";
import { credentialForm, ring } from "./credential.js";
import { icon } from "./icons.js";
import { h } from "./view.js";
import { attestations, earlyNote } from "./review.js";
import { nameOf, t } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./view.js").VNode} VNode */

/** The longest time left that was seen: the whole of the ring. */
let whole = 0;

/** @param {State} state */
function plan(state) {
    const { cut, excepted, excepted_contacts } = state.closing.plan;
    const drafts = [...app.except].map(([id, reason]) => ({ id, reason }));
    const stays = [...excepted, ...excepted_contacts, ...drafts];
    const goes = cut.filter((id) => !app.except.has(id));
    return h("section.card.summary", { "aria-labelledby": "summary-title" },
        h("h2", { id: "summary-title" }, t("will_cut"), h("span.count", null, String(goes.length))),
        h("ul.chips", null, goes.length === 0 ? h("li.none", null, t("nothing"))
            : goes.map((id) => h("li", { key: id }, nameOf(state, id)))),
        stays.length > 0 && h("div.stays", { key: "stays" },
            h("h3", null, t("stays_on")),
            h("ul", null, stays.map((e) => h("li", { key: e.id },
                h("span.name", null, nameOf(state, e.id)), h("span.reason", null, e.reason))))));
}

/** @param {State} state @returns {VNode} */
export function firstPerson(state) {
    whole = 0;
    return h("div.confirm", { key: "first" },
        h("div.column", null,
            h("h1", { id: "stage-title", tabindex: -1 }, t("first_title")),
            h("p.lead", null, t("first_hint")),
            earlyNote(state),
            plan(state)),
        app.credential && h("section.card.person", null, credentialForm(app.credential)));
}

/** @param {State} state @returns {VNode} */
export function secondPerson(state) {
    const { seconds_left } = state.closing;
    whole = Math.max(whole, seconds_left ?? 0);
    return h("div.confirm.second", { key: "second" },
        h("div.column", null,
            h("div.heading", null,
                h("div", null,
                    h("h1", { id: "stage-title", tabindex: -1 }, t("second_title")),
                    h("p.lead", null, t("second_hint"))),
                ring(seconds_left, whole)),
            app.notice && h("p.notice", { key: "notice", class: app.notice.tone }, app.notice.text),
            attestations(state),
            earlyNote(state),
            plan(state),
            h("button.quiet", { type: "button", id: "restart", onclick: cancelClosing },
                icon("cross"), t("restart_attempt"))),
        app.credential && h("section.card.person", null, credentialForm(app.credential)));
}

export { backToReview };
