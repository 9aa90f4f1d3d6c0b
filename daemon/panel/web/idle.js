// The hall at a glance: how it stands, what still hinders, windows, doors, sign, alarms. Nothing
// about people (R28).
import { app } from "./app.js";
import { beginClosing, beginOpening, finished, progressIds } from "./closing.js";
import { clockOf, left, now } from "./clock.js";
import { acknowledgeDialog, extendDialog, lightboxDialog, windowDialog } from "./dialogs.js";
import { facade, icon } from "./icons.js";
import { postDialog, presentWord, staffedPosts } from "./posts.js";
import { h } from "./view.js";
import { alarmText, blockerText, listed, nameOf, namesOf, t } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./view.js").VNode} VNode */

/** @param {State} state */
function subtitle(state) {
    const c = state.closing;
    switch (c.phase) {
        case "open": {
            if (!c.closes_at) return t("sub_day_off");
            const key = c.closes_at < state.ts ? "sub_past" : "sub_closes_at";
            return t(key, { time: clockOf(c.closes_at) });
        }
        case "collecting":
            return t("sub_collecting", { left: left(c.seconds_left) });
        case "closed":
            return t("sub_closed", { time: clockOf(c.ended) });
        case "partial":
            return c.left_on.length > 0
                ? t("sub_partial", { time: clockOf(c.ended), names: namesOf(state, c.left_on) })
                : t("sub_partial_plain", { time: clockOf(c.ended) });
        case "opening":
            return t("sub_opening");
        default:
            return t("sub_count", { done: finished(state), all: progressIds(state).length });
    }
}

/** @param {State} state */
function heroActions(state) {
    const { phase, plan, closes_at } = state.closing;
    const closing = (/** @type {string} */ label, /** @type {string} */ look) => h("button.act", {
        key: "close", class: look, type: "button", id: "close-hall", onclick: beginClosing,
    }, icon("moon"), h("span", null, t(label)));
    const opening = (/** @type {string} */ look) => h("button.act", {
        key: "open", class: look, type: "button", id: "open-hall", onclick: beginOpening,
    }, icon("sun"), h("span", null, t("open_hall")));
    switch (phase) {
        case "open":
            return [closing("close_hall", "primary"),
                closes_at && h("button.quiet", {
                    key: "extend", type: "button", id: "extend", onclick: extendDialog,
                }, icon("clock"), t("extend"))];
        case "collecting":
            return [closing("continue_closing", "primary")];
        case "closed":
            return [opening("primary"), plan.cut.length > 0 && closing("close_again", "quiet")];
        case "partial":
            return [opening("primary"), closing("close_again", "quiet")];
        default:
            return [h("button.act.primary", {
                key: "progress", type: "button", onclick: () => {
                    app.screen = phase === "opening" ? "opening" : "closing";
                    app.draw();
                },
            }, icon("hourglass"), h("span", null, t("see_progress")))];
    }
}

/** @param {State} state */
function hero(state) {
    const { phase } = state.closing;
    const why = app.notice;
    return h("section.hero", { "aria-labelledby": "hall-state", class: `phase-${phase}` },
        h("div.hero-words", null,
            h("h1", { id: "hall-state", tabindex: -1 }, t(`phase_${phase}`)),
            h("p.subtitle", null, subtitle(state)),
            why && h("p.notice", { key: "notice", class: why.tone }, why.text)),
        facade(state),
        h("div.hero-actions", null, heroActions(state),
            staffedPosts(state).length > 0 && h("button.quiet", { key: "posts", type: "button", id: "posts",
                onclick: () => postDialog() }, icon("card"), t("posts"))));
}

/** The PC that serves a window. @param {State} state @param {string} id */
function circuitOf(state, id) {
    const window = state.windows[id];
    const entries = Object.entries(state.circuits);
    return (entries.find(([, c]) => c.window === id)
        ?? entries.find(([, c]) => !c.window && c.name.startsWith(window.name))
        ?? entries.find(([key, c]) => !c.window && key.replace(/\D/g, "") === id))?.[0];
}

/** @param {import("./state.js").Circuit} circuit */
function pcLine(circuit) {
    const cut = circuit.actual === "off";
    const stale = circuit.quality === "stale" && !cut;
    const word = cut ? t("power_cut") : stale ? t("watts_stale") : t(`pc_${circuit.pc}`);
    const watts = circuit.watts === null || cut || stale ? ""
        : t("watts", { n: Math.round(circuit.watts) });
    return h("span.pc", { class: cut ? "off" : `${circuit.pc} ${stale ? "stale" : ""}` },
        icon(cut ? "power" : "pc"), h("span.word", null, word), h("span.watts", null, watts));
}

/** @param {import("./state.js").HallWindow} window */
function lamps(window) {
    return h("span.lamps", { "aria-hidden": "true" }, window.lamps.length === 0
        ? h("i.lamp", { class: window.state })
        : window.lamps.map((lamp) => h("i.lamp", {
            class: lamp.level === "unknown" ? "unknown"
                : lamp.wanted === "off" ? "dark" : `${window.state} ${lamp.wanted}`,
        })));
}

/** @param {State} state */
function windows(state) {
    const served = new Set();
    const cards = Object.entries(state.windows).map(([id, window]) => {
        const circuit = circuitOf(state, id);
        if (circuit) served.add(circuit);
        return h("button.window", {
            key: id, type: "button", class: window.state, onclick: () => windowDialog(id),
        },
        h("span.top", null, h("span.name", null, window.name), lamps(window)),
        h("span.state", null, t(`window_${window.state}`)),
        presentWord(state, window.post) !== "" && h("span.present", null, presentWord(state, window.post)),
        circuit && pcLine(state.circuits[circuit]));
    });
    const others = Object.keys(state.circuits).filter((id) => !served.has(id));
    return h("section.windows", { "aria-labelledby": "windows-title" },
        h("h2.unseen", { id: "windows-title" }, t("windows")),
        h("div.grid", null, cards),
        others.length > 0 && h("div.others", { key: "others", "aria-label": t("other_pcs"), role: "group" },
            others.map((id) => h("div.other", { key: id },
                h("span.name", null, nameOf(state, id)), pcLine(state.circuits[id])))));
}

/** @param {State} state */
function hinders(state) {
    const { blockers, phase } = state.closing;
    if (blockers.length === 0 && phase !== "open") return false;
    return h("section.card.hinders", { key: "hinders", "aria-labelledby": "hinders-title",
        class: blockers.length > 0 ? "some" : "none" },
    h("h2", { id: "hinders-title" }, t("hinders")),
    blockers.length === 0
        ? h("p.fine", null, icon("check"), t("hinders_none"))
        : h("ul", null, blockers.map((b) => h("li", { key: `${b.kind} ${b.id}` },
            icon("warning"), h("span", null, blockerText(state, b))))));
}

/** @param {State} state */
function contacts(state) {
    const entries = Object.entries(state.contacts);
    if (entries.length === 0) return false;
    return h("section.card.contacts", { key: "contacts", "aria-labelledby": "contacts-title" },
        h("h2", { id: "contacts-title" }, t("contacts")),
        h("ul", null, entries.map(([id, contact]) => {
            const word = contact.sensed ? contact.state : "unsensed";
            return h("li", { key: id, class: word },
                icon(contact.state === "open" ? "door_open" : contact.sensed ? "door" : "eye"),
                h("span.name", null, contact.name),
                h("span.word", { class: word === "closed" || word === "unsensed" ? "unseen" : "" },
                    t(`contact_${word}`)));
        })));
}

/** @param {State} state */
function lightboxLine(state) {
    const box = state.lightbox;
    if (!box) return "";
    if (box.target !== box.actual && box.target !== "unknown" && box.actual !== "unknown")
        return t(`lit_pending_${box.target}`);
    if (box.overridden) {
        if (box.permanent) return t("lit_permanent");
        return box.override_until ? t("lit_override", { time: clockOf(box.override_until) })
            : t("lit_override_next");
    }
    if (box.next_switch && box.reason !== "hold")
        return t(box.target === "on" ? "lit_next_off" : "lit_next_on", { time: clockOf(box.next_switch) });
    return t(`lit_${box.reason}`);
}

/** @param {State} state */
function lightbox(state) {
    const box = state.lightbox;
    if (!box) return false;
    return h("button.card.lightbox", { key: "lightbox", type: "button", class: box.actual,
        id: "lightbox", onclick: lightboxDialog },
    h("span.bulb", { "aria-hidden": "true" }, icon("lamp")),
    h("span.words", null, h("span.name", null, t("lightbox")),
        h("span.word", null, t(`lit_${box.actual}`))),
    h("span.aside", null, lightboxLine(state)));
}

/** @param {State} state */
function alarms(state) {
    const open = state.alarms;
    if (open.length === 0) return false;
    const rank = { critical: 0, warning: 1, notice: 2 };
    const sorted = [...open].sort((a, b) => (rank[a.severity] ?? 3) - (rank[b.severity] ?? 3));
    return h("section.card.alarms", { key: "alarms", "aria-labelledby": "alarms-title" },
        h("h2", { id: "alarms-title" }, t("alarms"), h("span.count", null, String(open.length))),
        h("ul", null, sorted.map((alarm) => h("li", { key: alarm.id },
            h("button.alarm", { type: "button", class: alarm.severity,
                disabled: Boolean(alarm.acknowledged_by), onclick: () => acknowledgeDialog(alarm.id) },
            icon("bell"),
            h("span.words", null,
                h("span.text", null, alarmText(state, alarm)),
                h("span.aside", null, [
                    t(`severity_${alarm.severity}`), clockOf(alarm.raised),
                    alarm.cleared ? t("cleared") : "",
                    alarm.acknowledged_by ? t("acknowledged") : "",
                    (alarm.count ?? 1) > 1 ? t("times", { n: alarm.count }) : "",
                ].filter(Boolean).join(" · "))))))));
}

/** @param {State} state @returns {VNode} */
export function idle(state) {
    return h("main.idle", { key: "idle" },
        hero(state),
        windows(state),
        h("div.side", null, alarms(state), hinders(state), contacts(state), lightbox(state)));
}

/** @param {State} state @param {() => void} otherLanguage */
export function header(state, otherLanguage) {
    const time = now();
    const days = t("weekdays").split(" ");
    /** @type {string[]} */
    const troubles = [];
    if (state.clock !== "trusted") troubles.push(t("clock_untrusted"));
    if (state.hall.journal === "unavailable") troubles.push(t("journal_unavailable"));
    if (state.hall.broker === "away") troubles.push(t("broker_away"));
    const down = Object.entries(state.links ?? {}).filter(([, link]) => link.up === false);
    if (down.length > 0) troubles.push(t("links_down", { names: listed(down.map(([id]) => id)) }));
    const alarmed = state.alarms.some((alarm) => !alarm.cleared);
    return h("header.bar", { key: "bar" },
        h("span.hall-name", null, state.hall.name),
        h("span.health", { class: troubles.length > 0 ? "trouble" : alarmed ? "silent" : "" },
            troubles.length > 0 ? troubles.join(" · ") : alarmed ? "" : t("all_well")),
        h("span.today", null, t("date", { month: time.month, day: time.day, weekday: days[time.weekday] })),
        h("time.now", null, time.time),
        h("button.language", { type: "button", id: "language", lang: t("lang") === "en" ? "zh-CN" : "en",
            onclick: otherLanguage }, t("switch_language")));
}
