// Asks Node-RED every second and draws what it says. Texts go in as text only, never as markup.
const byId = (id) => document.getElementById(id);

function make(tag, look, ...children) {
    const element = document.createElement(tag);
    if (look) element.className = look;
    element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
    return element;
}
const mark = (text, look) => make("span", `mark ${look ?? ""}`, text);
const stateLook = (state) => ({ online: "good", degraded: "warn" })[state] ?? "bad";
const PHASE_LOOKS = { open: "", closed: "good", hold: "bad", partial: "bad", unknown: "bad" };
/** Of a hall that is away the phase is old news. */
const phaseLook = (h) => (h.state === "offline" || h.silent ? "" : PHASE_LOOKS[h.phase] ?? "warn");
const base = location.pathname.replace(/\/$/, "");
const chosen = () => decodeURIComponent(location.hash.slice(1));

let picture = null, heard = Date.now(), refused = null;

// --- the list of halls
function look(h) {
    if (stateLook(h.state) === "bad" || h.silent || h.critical > 0 || h.phase === "hold") return "bad";
    return h.state === "degraded" || h.alarms > 0 || h.phase === "partial" ? "warn" : "";
}

function entry(h) {
    const link = make("a", look(h), make("b", "", h.name),
        make("span", "marks",
            mark(say(h.state), stateLook(h.state)), mark(say(h.phase), phaseLook(h)),
            h.silent && mark(say("silent"), "bad"),
            h.alarms > 0 && mark(`${say("alarms")} ${h.alarms}`, h.critical > 0 ? "bad" : "warn")));
    link.href = `#${encodeURIComponent(h.id)}`;
    link.dataset.hall = h.id;
    if (h.id === chosen()) link.setAttribute("aria-current", "true");
    return link;
}

// --- all of it
function draw() {
    document.documentElement.lang = words.lang;
    byId("title").textContent = document.title = say("title");
    byId("language").textContent = words.other;
    const silence = Math.round((Date.now() - heard) / 1000);
    const lost = silence >= 5, away = picture && !picture.broker.connected;
    byId("link").className = lost || away ? "bad" : "";
    byId("link").textContent = lost ? say("lost", { n: long(silence) })
        : away ? say("away", { n: long(picture.broker.seconds) }) : picture ? say("connected") : "";
    if (!picture) return;
    const list = byId("halls").cloneNode(), one = byId("hall").cloneNode();
    list.append(make("div", `list ${lost || away ? "away" : ""}`, picture.halls.map(entry)));
    one.className = lost || away || picture.hall?.state === "offline" || picture.hall?.silent ? "away" : "";
    one.append(...hall(picture.hall).filter(Boolean));
    settle(byId("halls"), list);
    settle(byId("hall"), one);
}

/** Changes only what differs: a press, the focus and a selected text survive the next picture. */
function settle(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName) {
        old.replaceWith(fresh);
    } else if (old.nodeType === Node.TEXT_NODE) {
        old.data = fresh.data;
    } else {
        for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
        for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
        const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
        after.forEach((child, i) => (i < before.length ? settle(before[i], child) : old.append(child)));
        before.slice(after.length).forEach((child) => child.remove());
    }
}

async function ask() {
    try {
        const reply = await fetch(`${base}/state?hall=${encodeURIComponent(chosen())}`,
            { signal: AbortSignal.timeout(4000) });
        if (!reply.ok) throw new Error(reply.status);
        picture = await reply.json();
        heard = Date.now();
        if (!picture.hall && picture.halls.length > 0) {
            const first = picture.halls.find((h) => h.id === chosen()) ?? picture.halls[0];
            location.replace(`#${encodeURIComponent(first.id)}`);
        }
    } catch {
        // Told by the time of the last answer.
    }
    draw();
}

async function send(name, args) {
    refused = null;
    try {
        const reply = await fetch(`${base}/command`, {
            method: "POST", headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(4000),
            body: JSON.stringify({ hall: chosen(), name, args }),
        });
        if (!reply.ok) refused = (await reply.json()).refused;
    } catch (error) {
        refused = error.message;
    }
    await ask();
}

addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-send]");
    if (pressed) send(pressed.dataset.send, JSON.parse(pressed.dataset.args ?? "{}"));
});

byId("language").addEventListener("click", () => {
    localStorage.language = words === WORDS.zh ? "en" : "zh";
    words = WORDS[localStorage.language];
    draw();
});
addEventListener("hashchange", () => { refused = null; ask(); });
(async () => {
    for (;;) {
        await ask();
        await new Promise((next) => { setTimeout(next, 1000); });
    }
})();
