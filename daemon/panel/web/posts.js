// Signing in and out at a post, and handing it over: always with credentials of one's own, never
// with a name on the screen (R28).
import { app, closeDialog, notify, openDialog } from "./app.js";
import { Credential } from "./credential.js";
import { t } from "./words.js";

/** @typedef {import("./state.js").State} State */

/** What may be done, and what its button says. @type {[string, string][]} */
const ACTS = [["sign-in", "post_sign_in"], ["sign-out", "post_sign_out"], ["handover", "post_handover"]];
const DONE = /** @type {Record<string, string>} */ ({
    "sign-in": "post_signed_in", "sign-out": "post_signed_out", handover: "post_handed_over" });
const PRESENT = /** @type {Record<string, string>} */ ({
    primary: "post_primary", backup: "post_backup", none: "post_nobody" });

/** Posts that somebody is assigned to. @param {State} state */
export const staffedPosts = (state) =>
    Object.entries(state.posts ?? {}).filter(([, post]) => post.staffed);

/** Which role answers for a window: never who. @param {State} state @param {string} id */
export function presentWord(state, id) {
    const post = state.posts?.[id];
    return post?.staffed ? t(PRESENT[post.responsible]) : "";
}

/** @param {string} [post] */
export function postDialog(post = "") {
    const credential = new Credential("", () => (app.choice.post ? { post: app.choice.post } : t("post_pick")), {
        label: "confirm",
        twoPersons: () => app.choice.act === "handover",
        done: () => {
            const said = t(DONE[app.choice.act]);
            closeDialog();
            notify(said, "good");
        },
    });
    openDialog({ kind: "post" }, credential);
    app.choice = { post, act: "sign-in" };
}

/** What the dialog asks for, each time it is drawn. */
export function postQuestions() {
    const c = app.credential;
    const { act } = app.choice;
    if (c) {
        c.action = `post/${act}`;
        if (act !== "handover") c.first = null;
        c.options.label = act === "handover" ? (c.first ? "handover_second" : "handover_first")
            : act === "sign-out" ? "post_sign_out" : "post_sign_in";
    }
    const hint = act !== "handover" ? "" : c?.first ? t("handover_now") : t("handover_hint");
    return { acts: ACTS.map(([value, word]) => /** @type {[string, string]} */ ([value, t(word)])), hint };
}
