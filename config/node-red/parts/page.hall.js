// One hall in full: what the facilities desk asks, from the most urgent to the history.
function heading(h) {
    const { closing } = h;
    const facts = closing && [
        say("since", { t: clock(closing.since) }),
        closing.closes_at ? say("closes", { t: clock(closing.closes_at) }) : say("off_day"),
        closing.confirmations.count > 0 && closing.phase !== "open"
            && say("confirmed", { a: closing.confirmations.count, b: closing.confirmations.needed }),
        closing.left_on.length > 0 && make("b", "bad", say("left_on", { l: closing.left_on.join(words.list) })),
    ].filter(Boolean);
    const age = h.heard === null ? say("kept") : `(${say("ago", { n: long(h.heard) })})`;
    return make("div", "head", make("h2", "", h.name), mark(say(h.state), stateLook(h.state)),
        mark(say(h.phase), phaseLook(h)),
        h.status?.clock === "untrusted" && mark(say("clock"), "warn"),
        make("div", "facts", ...(facts ?? []).map((f) => make("span", "", f)),
            make("span", `time ${h.silent ? "bad" : "soft"}`, `${say("last")} ${clock(h.last, true)} ${age}`),
            button("status.refresh", say("refresh"))));
}

/** What a press sends stands in the button itself: see the listener below. */
function button(name, text, alarm) {
    const element = make("button", "", text);
    element.type = "button";
    element.dataset.send = name;
    if (alarm) element.dataset.args = JSON.stringify({ alarm });
    element.disabled = !picture.broker.connected;
    return element;
}

function card(id, title, look, ...children) {
    const element = make("section", `card ${look}`, make("h3", "", title), ...children);
    element.id = id;
    return element;
}
const listOf = (items) => (items.length > 0 ? make("ul", "", items) : make("p", "soft", say("nothing")));

function alarms(h) {
    return card("alarms", `${say("alarms")} (${h.standing.length})`,
        h.standing.length === 0 ? "wide" : h.critical > 0 ? "wide bad" : "wide warn",
        listOf(h.standing.map((a) => {
            const item = make("li", "", mark(say(a.severity), a.severity === "critical" ? "bad" : "warn"),
                make("span", "text", a.text, " ", make("span", "soft small", `${a.code} ${a.rule}`,
                    a.count > 1 && ` · ${say("times", { n: a.count })}`)),
                make("time", "soft", clock(a.raised)), a.cleared && mark(say("cleared"), "good"),
                a.acknowledged_by !== null ? make("span", "soft", say("acknowledged", { who: a.acknowledged_by }))
                    : button("alarm.acknowledge", say("acknowledge"), a.id));
            item.dataset.alarm = a.id;
            return item;
        })));
}

function blockers(h) {
    const list = h.closing?.blockers ?? [];
    return card("blockers", say("blockers"), list.length > 0 ? "warn" : "",
        listOf(list.map((b) => make("li", "", b.text))));
}

function lightbox(h) {
    const l = h.lightbox;
    if (!l) return null;
    const word = (level) => say({ on: "lit", off: "dark" }[level] ?? "unknown");
    const wrong = l.actual !== l.target;
    const why = say({ override: "by_override", hold: "by_hold" }[l.reason] ?? l.reason);
    return card("lightbox", say("lightbox"), wrong ? "bad" : "",
        make("p", "", make("b", wrong ? "bad" : "", word(l.actual)),
            wrong && ` (${say("wanted", { s: word(l.target) })})`,
            make("span", "soft", ` ${why}${l.permanent ? ` ${say("permanent")}` : ""}`,
                l.next_switch && ` · ${say("next", { t: clock(l.next_switch) })}`)));
}

function circuits(h) {
    const row = (c) => {
        const wrong = [c.actual, c.pc].includes("unknown") || c.actual !== c.target
            || ["held", "failed"].includes(c.step);
        const cells = [[c.name], [say(c.target)], [say(c.actual)], [say(c.pc === "off" ? "pc_off" : c.pc)],
            [c.watts === null ? "—" : c.watts.toFixed(1), "number"],
            [c.quality === "stale" ? say("stale") : "", "soft small"]];
        const element = make("tr", wrong ? "bad" : c.quality === "stale" ? "warn" : "",
            cells.map(([text, look]) => make("td", look, text)));
        element.dataset.circuit = c.id;
        return element;
    };
    const titles = [["circuit"], ["target"], ["actual"], ["pc"], ["watts", "number"], [""]];
    return card("circuits", say("circuits"), "", make("table", "",
        make("thead", "", make("tr", "", titles.map(([t, look]) => make("th", look, t && say(t))))),
        make("tbody", "", h.circuits.map(row))));
}

function thing(kind, id, look, name, ...texts) {
    const element = make("div", `thing ${look}`, make("span", "small soft", name), texts);
    element.dataset[kind] = id;
    return element;
}

function windows(h) {
    return card("windows", say("windows"), "", make("div", "things", h.windows.map((w) => thing("window", w.id,
        { fault: "bad", paused: "warn" }[w.state] ?? "", w.name,
        make("b", "", say(w.state === "closed" ? "window_closed" : w.state)),
        make("span", "small soft", say(w.responsible === "none" ? "nobody" : w.responsible))))));
}

function contacts(h) {
    const word = (c) => (c.state === "unknown" && !c.sensed ? "unsensed" : `contact_${c.state}`);
    return card("contacts", say("contacts"), "", make("div", "things", h.contacts.map((c) => thing("contact", c.id,
        { open: "warn", unknown: c.sensed ? "bad" : "" }[c.state] ?? "", c.name, make("b", "", say(word(c)))))));
}

/** Without digests, which nobody compares by eye. */
function details({ detail }) {
    const text = Object.entries(detail).filter(([, value]) => value !== "" && !/^[0-9a-f]{64}$/.test(value))
        .map(([key, value]) => `${key} ${[value].flat().join(words.list)}`).join(", ");
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function events(h) {
    return card("events", say("events"), "", listOf(h.events.slice(0, 8).map((e) => make("li", "",
        make("time", "soft", clock(e.ts, true)), make("span", "text", e.type, " ",
            make("span", "soft small", [e.outcome, e.actors.join(words.list), details(e)].filter(Boolean).join(" · "))),
        make("span", "soft small", `#${e.seq} ${e.rule}`)))));
}

function commands(h) {
    const result = ({ reply, late }) => {
        if (!reply) return late ? mark(say("late"), "bad") : mark(say("waiting"), "warn");
        return mark(say(reply.result), reply.result === "done" ? "good" : "bad");
    };
    const items = h.commands.slice(0, 5).map((c) => {
        const item = make("li", "", make("span", "text", c.name, " ", make("span", "soft small", c.args.alarm ?? "")),
            result(c), c.reply?.message && make("span", "", c.reply.message),
            make("span", "soft time", say("ago", { n: long(c.age) })));
        item.dataset.command = c.name;
        return item;
    });
    return (items.length > 0 || refused) && card("commands", say("commands"), "wide",
        refused && make("p", "bad", say("refused", { c: refused })), items.length > 0 && listOf(items));
}

function hall(h) {
    if (!h) return [make("p", "soft", say(picture.halls.length > 0 ? "pick" : "none"))];
    return [heading(h), h.state === "offline" && make("p", "notice", say("was")),
        h.silent && make("p", "notice", say("quiet", { n: long(h.heard ?? picture.broker.seconds) })),
        make("div", "cards", alarms(h), commands(h), make("div", "column", blockers(h), windows(h), circuits(h)),
            make("div", "column", lightbox(h), contacts(h), events(h)))];
}
