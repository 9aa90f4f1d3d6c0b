// The page of the virtual hall: asks for the state once a second, sends what is clicked.
// @ts-check
import { draw } from "/draw.js";
import { show } from "/show.js";
import { skyOf, sunElevation } from "/sky.js";
import { locale, say, speak } from "/words.js";

const kEvery = 1000;
const kTraceShown = 60;
/** A lamp that changed this often within 3 s blinks. */
const kBlinks = 3;

/** @param {string} id @returns {any} */
const by = (id) => document.getElementById(id);
const svg = by("hall");
let hall = /** @type {any} */ (null);
let state = /** @type {any} */ ({});
let seen = 0;
let recent = /** @type {any[]} */ ([]);

async function get(path) {
    const answer = await fetch(path, { cache: "no-store" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
}

async function set(thing, value) {
    closeMenu();
    const answer = await fetch("/set", { method: "POST", body: JSON.stringify({ [thing]: value }) });
    const body = await answer.json();
    if (!answer.ok) return lost(body.error);
    state = body;
    refresh();
}

function lost(why) {
    by("lost").hidden = why === "";
    by("lost").textContent = why;
}

function blinking() {
    const last = recent.at(-1)?.t ?? 0;
    const counts = new Map();
    for (const entry of recent) {
        if (entry.thing.startsWith("lamp.") && entry.arrived > Date.now() - 3500 && entry.t > last - 3000) {
            counts.set(entry.thing, (counts.get(entry.thing) ?? 0) + 1);
        }
    }
    return new Set([...counts].filter(([, count]) => count >= kBlinks).map(([thing]) => thing));
}

function refresh() {
    show(svg, hall, state, blinking());
    for (const chip of document.querySelectorAll(".chip")) {
        const thing = /** @type {HTMLElement} */ (chip).dataset.thing ?? "";
        chip.setAttribute("data-is", state[thing]);
        chip.setAttribute("title", say(state[thing]));
    }
    const now = new Date();
    document.documentElement.dataset.sky = skyOf(sunElevation(now, hall.latitude, hall.longitude));
    by("clock").textContent = now.toLocaleTimeString(locale(), { timeZone: hall.timezone, hour12: false });
}

function listTrace() {
    const items = recent.slice(-kTraceShown).reverse().map((entry) => {
        const item = document.createElement("li");
        const time = document.createElement("time");
        time.textContent = new Date(entry.wall).toLocaleTimeString(locale(),
            { timeZone: hall.timezone, hour12: false });
        time.title = entry.wall;
        const thing = document.createElement("span");
        thing.className = "thing";
        thing.textContent = entry.thing;
        const value = document.createElement("span");
        value.textContent = say(entry.value);
        if (entry.value === "power_lost_while_running") value.className = "grave";
        item.append(time, thing, value);
        return item;
    });
    by("trace").replaceChildren(...items);
}

async function poll() {
    try {
        const [newState, news] = await Promise.all([get("/state"), get(`/trace?since=${seen}`)]);
        state = newState;
        for (const entry of news) recent.push({ ...entry, arrived: Date.now() });
        recent = recent.slice(-400);
        seen = recent.at(-1)?.n ?? 0;
        lost("");
        refresh();
        if (news.length > 0) listTrace();
    } catch {
        lost(say("lost"));
        seen = 0;
        recent = [];
    }
    setTimeout(poll, kEvery);
}

function closeMenu() { by("menu").hidden = true; }

/** What can be chosen for a thing that is clicked: thing, heading, words. */
function choices(thing) {
    const [kind, id] = [thing.slice(0, thing.indexOf(".")), thing.slice(thing.indexOf(".") + 1)];
    if (kind === "pc") {
        return [[thing, "pc", ["running", "shutdown", "off", "hang", "crash"]],
            [`meter.${id}`, "meter", ["healthy", "silent", 0]]];
    }
    if (kind === "contactor") {
        return [[thing, "contactor", ["healthy", "welded", "stuck_open"]],
            [`feedback.${id}`, "feedback", ["healthy", "silent", "inverted"]]];
    }
    return [[thing, kind, ["up", "down", "noisy", "slow"]]];
}

function openMenu(thing, where) {
    const menu = by("menu");
    menu.replaceChildren();
    for (const [target, heading, words] of choices(thing)) {
        if (state[target] === undefined) continue;
        const title = document.createElement("h3");
        title.textContent = `${say(heading)} · ${target.slice(target.indexOf(".") + 1)}`;
        const row = document.createElement("div");
        for (const word of words) {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = word === 0 ? say("zero") : say(word);
            const is = state[`${target}.fault`] ?? state[target];
            button.setAttribute("aria-pressed", String(is === word));
            button.addEventListener("click", () => set(target, word));
            row.append(button);
        }
        menu.append(title, row);
    }
    menu.hidden = false;
    const box = where.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(box.bottom + 6, innerHeight - menu.offsetHeight - 8))}px`;
    menu.querySelector("button")?.focus();
}

function activate(element) {
    const thing = element.dataset.thing;
    if (thing.startsWith("contact.")) return set(thing, state[thing] === "open" ? "closed" : "open");
    if (thing.endsWith(".button")) return set(thing, "press");
    openMenu(thing, element);
}

function listWires() {
    const rows = hall.buses.map((bus) => {
        const row = document.createElement("div");
        row.className = "bus";
        const names = [`bus.${bus}`].concat(
            hall.devices.filter((d) => d.bus === bus).map((d) => `device.${d.id}`));
        names.forEach((name, i) => {
            const chip = document.createElement("button");
            chip.type = "button";
            chip.className = i === 0 ? "chip line" : "chip";
            chip.dataset.thing = name;
            chip.textContent = name.slice(name.indexOf(".") + 1);
            row.append(chip);
        });
        return row;
    });
    by("wires").replaceChildren(...rows);
}

function build() {
    document.documentElement.lang = locale();
    document.title = `${hall.name} · hallsim`;
    by("title").textContent = hall.name;
    by("subtitle").textContent = say("subtitle");
    by("wires-title").textContent = say("wires");
    by("trace-title").textContent = say("trace");
    by("language").textContent = say("other");
    draw(svg, hall);
    listWires();
    refresh();
    listTrace();
}

document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const element = target.closest("[data-thing][tabindex], .chip");
    if (element) return activate(element);
    if (!target.closest("#menu")) closeMenu();
});
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenu();
    const target = /** @type {Element} */ (event.target);
    if ((event.key === "Enter" || event.key === " ") && target.matches("svg [data-thing]")) {
        event.preventDefault();
        activate(target);
    }
});
by("language").addEventListener("click", () => {
    speak(locale() === "en" ? "zh" : "en");
    build();
});

hall = await get("/hall");
speak(new URLSearchParams(location.search).get("lang") ?? hall.locale);
state = await get("/state");
build();
poll();
