// Which words to show: the page's own in the chosen language, or the daemon's sentence when that is
// in the same language.
import zh from "./texts_zh.js";
import en from "./texts_en.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Refusal} Refusal */
/** @typedef {keyof typeof zh} Key */

/** @type {Record<string, Record<string, string>>} */
const tables = { zh, en };
let chosen = "zh";

export const language = () => chosen;

/** @param {string} lang */
export function choose(lang) {
    chosen = lang === "en" ? "en" : "zh";
    document.documentElement.lang = tables[chosen].lang;
}

/** @param {string} key */
export const has = (key) => key in tables[chosen];

/**
 * @param {string} key
 * @param {Record<string, string | number | undefined | null>} [args]
 */
export function t(key, args = {}) {
    const text = tables[chosen][key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(args[name] ?? ""));
}

/** @param {string[]} list */
export const listed = (list) => list.join(t("list_join"));

/** The name of a circuit, contact or window. @param {State} state @param {string} id */
export function nameOf(state, id) {
    return state.circuits[id]?.name ?? state.contacts[id]?.name ?? state.windows[id]?.name ?? id;
}

/** @param {State} state @param {string[]} ids */
export const namesOf = (state, ids) => listed(ids.map((id) => nameOf(state, id)));

/** The daemon speaks the hall's language. @param {State} state */
const same = (state) => (state.hall.locale || "zh") === chosen;

/** @param {State} state @param {{kind: string, id: string, text: string}} blocker */
export function blockerText(state, blocker) {
    if (same(state) && blocker.text) return blocker.text;
    return t(`blocker_${blocker.kind}`, { name: nameOf(state, blocker.id) });
}

/** @param {State} state @param {import("./state.js").Alarm} alarm */
export function alarmText(state, alarm) {
    if (same(state) && alarm.text) return alarm.text;
    const key = has(`alarm_${alarm.code}`) ? `alarm_${alarm.code}` : "alarm_other";
    return t(key, { name: nameOf(state, alarm.subject), code: alarm.code });
}

/** @param {State} state @param {import("./state.js").Void} why */
export function voidText(state, why) {
    if (same(state) && why.text) return why.text;
    const key = has(`void_${why.reason}`) ? `void_${why.reason}` : "void_note";
    return t(key, { ids: namesOf(state, why.detail ?? []) });
}

/** @param {State} state @param {number} status @param {Refusal} refusal */
export function refusalText(state, status, refusal) {
    if (status === 0) return t("refused_network");
    const code = refusal.code ?? refusal.reason ?? String(status);
    if (code === "wrong_credential" && refusal.attempts_left === 0) return t("refused_last_try");
    const own = code === "locked" || code === "credentials_unavailable";
    if (same(state) && refusal.message && !own) return refusal.message;
    const ids = Array.isArray(refusal.ids) ? refusal.ids : (refusal.ids ?? "").split(",");
    const key = has(`refused_${code}`) ? `refused_${code}` : "refused_other";
    return t(key, {
        code,
        ids: namesOf(state, ids.filter(Boolean)),
        field: refusal.field,
        post: state.posts?.[refusal.post ?? ""]?.name ?? refusal.post,
        attempts_left: refusal.attempts_left,
        seconds_left: refusal.seconds_left,
    });
}
