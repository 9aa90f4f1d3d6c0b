// The morning: one person, then power comes back one by one.
import { app } from "./app.js";
import { finished, progressIds } from "./closing.js";
import { credentialForm } from "./credential.js";
import { circuits } from "./progress.js";
import { h } from "./view.js";
import { nameOf, t } from "./words.js";

/** @typedef {import("./state.js").State} State */

/** @param {State} state */
export function opening(state) {
    if (state.closing.phase === "opening") {
        return h("div.progress", { key: "opening-progress" },
            h("div.heading", null,
                h("h1", { id: "stage-title", tabindex: -1 }, t("opening_progress")),
                h("p.tally", { role: "status" },
                    h("b", null, String(finished(state))), ` / ${progressIds(state).length}`)),
            circuits(state));
    }
    const off = Object.keys(state.circuits).filter((id) => state.circuits[id].actual === "off");
    return h("div.confirm", { key: "opening" },
        h("div.column", null,
            h("h1", { id: "stage-title", tabindex: -1 }, t("opening_title")),
            h("p.lead", null, t("opening_text", { n: off.length })),
            h("section.card.summary", null,
                h("ul.chips", null, off.length === 0 ? h("li.none", null, t("nothing"))
                    : off.map((id) => h("li", { key: id }, nameOf(state, id)))))),
        app.credential && h("section.card.person", null, credentialForm(app.credential)));
}
