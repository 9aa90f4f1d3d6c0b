// The drawing: made once from the hall's description; afterwards only attributes change.
// @ts-check
import { say } from "/words.js";

const kSvg = "http://www.w3.org/2000/svg";
const kColumns = 8;
const kColumn = 146;
const kRow = 540;
const kLeft = 216;
const kTop = 190;
const kLampColours = { green: "#2fc46b", red: "#ff4437", yellow: "#ffc21f", amber: "#ffab1f",
    white: "#fff6dd", blue: "#4a9cff" };

/**
 * @param {Element} parent @param {string} tag @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 */
export function add(parent, tag, attributes = {}, text) {
    const made = document.createElementNS(kSvg, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
}

/** A group that can be clicked and reached by keyboard. `thing` names what it stands for. */
function hot(parent, kind, thing, label, x, y) {
    return add(parent, "g", { class: kind, "data-thing": thing, tabindex: 0, role: "button",
        "aria-label": label, transform: `translate(${x} ${y})` });
}

function scenery(svg, height) {
    const defs = add(svg, "defs");
    const gradient = add(defs, "linearGradient", { id: "sky", x1: 0, y1: 0, x2: 0, y2: 1 });
    add(gradient, "stop", { offset: 0, class: "sky-top" });
    add(gradient, "stop", { offset: .8, class: "sky-low" });
    add(svg, "rect", { width: 1600, height, fill: "url(#sky)" });
    for (let i = 0; i < 40; ++i) {
        add(svg, "circle", { class: "star", cx: (i * 397) % 1600, cy: (i * 61) % 150,
            r: 1 + i % 3 * .5 });
    }
    add(svg, "circle", { class: "sun", cx: 1440, cy: 66, r: 36 });
    add(svg, "path", { class: "moon", d: "M1460 30a38 38 0 1 0 20 62a46 46 0 0 1 -20 -62z" });
    add(svg, "rect", { class: "ground", y: height - 46, width: 1600, height: 46 });
    add(svg, "path", { class: "roof", d: "M40 164h1520l-28 -28h-1464z" });
    add(svg, "rect", { class: "wall", x: 60, y: 164, width: 1480, height: height - 206 });
    add(svg, "rect", { class: "floor", x: 62, y: height - 70, width: 1476, height: 28 });
}

function sign(svg, hall) {
    if (!hall.lightbox) return;
    const box = add(svg, "g", { class: "sign", "data-thing": "lightbox" });
    const width = Math.max(300, [...hall.name].length * 40 + 60);
    const x = 800 - width / 2;
    add(box, "rect", { class: "halo", x: x - 14, y: 40, width: width + 28, height: 104, rx: 30 });
    add(box, "rect", { class: "leg", x: x + 50, y: 118, width: 12, height: 24 });
    add(box, "rect", { class: "leg", x: x + width - 62, y: 118, width: 12, height: 24 });
    add(box, "rect", { class: "face", x, y: 52, width, height: 70, rx: 12 });
    add(box, "text", { x: 800, y: 98 }, hall.name);
}

function lampColour(name) {
    return kLampColours[name] ?? "#ffab1f";
}

function counter(parent, window, x, y) {
    const g = add(parent, "g", { transform: `translate(${x} ${y})` });
    add(g, "rect", { class: "plate", x: 4, y: 0, width: kColumn - 8, height: 74, rx: 12 });
    add(g, "text", { class: "plate-name", x: kColumn / 2, y: 26 }, window.name);
    window.lamps.forEach((lamp, i) => {
        const cx = kColumn / 2 + (i - (window.lamps.length - 1) / 2) * 36;
        const circle = add(g, "circle", { class: "lamp", "data-thing": `lamp.window.${window.id}.${lamp}`,
            cx, cy: 51, r: 13, style: `--lamp:${lampColour(lamp)}` });
        add(circle, "title", {}, lamp);
    });
    add(g, "rect", { class: "glass", x: 12, y: 86, width: kColumn - 24, height: 108, rx: 6 });
    add(g, "path", { class: "clerk", "data-clerk": window.id,
        d: `M${kColumn / 2 - 34} 192q0 -42 34 -42t34 42zM${kColumn / 2} 104a21 21 0 1 1 -.1 0z` });
    add(g, "path", { class: "shine", d: "M24 190l44 -102h22l-44 102z" });
    add(g, "rect", { class: "desk", x: 2, y: 190, width: kColumn - 4, height: 16, rx: 4 });
    if (!window.button) return;
    const button = hot(g, "push-button", `window.${window.id}.button`,
        `${window.name} ${say("press")}`, kColumn - 40, 172);
    add(button, "rect", { class: "push", x: -11, y: -3, width: 22, height: 14, rx: 6 });
    add(button, "rect", { class: "push-base hot", x: -17, y: 8, width: 34, height: 12, rx: 4 });
}

function supply(parent, circuit, x, y) {
    const g = add(parent, "g", { transform: `translate(${x} ${y})` });
    const middle = kColumn / 2;
    add(g, "path", { class: "cable", "data-cable": circuit.id, d: `M${middle} 108V160` });
    const pc = hot(g, "pc", `pc.${circuit.id}`, circuit.name, 0, 0);
    add(pc, "rect", { class: "case hot", x: 12, y: 0, width: kColumn - 24, height: 92, rx: 9 });
    add(pc, "rect", { class: "screen", x: 19, y: 7, width: kColumn - 38, height: 78, rx: 4 });
    add(pc, "path", { class: "case", d: `M${middle - 12} 92h24l8 14h-40z` });
    add(pc, "text", { class: "pc-word", x: middle, y: 36 });
    add(pc, "text", { class: "pc-watts", x: middle, y: 66 });
    const contactor = hot(g, "contactor", `contactor.${circuit.id}`,
        `${say("contactor")} ${circuit.id}`, 0, 150);
    add(contactor, "rect", { class: "box hot", x: 28, y: 0, width: kColumn - 56, height: 84, rx: 10 });
    add(contactor, "circle", { class: "pin", cx: middle, cy: 14, r: 6 });
    add(contactor, "circle", { class: "pin", cx: middle, cy: 70, r: 6 });
    add(contactor, "path", { class: "blade", d: `M${middle} 68V16` });
    add(g, "path", { class: "cable live", d: `M${middle} 234V282` });
    add(g, "text", { class: "small circuit-fault", "data-circuit": circuit.id, x: middle, y: 262 });
}

function door(parent, contact, x, y) {
    const g = hot(parent, "contact", `contact.${contact.id}`, contact.name, x, y);
    add(g, "rect", { class: "frame hot", x: 0, y: 0, width: 104, height: 176, rx: 6 });
    add(g, "rect", { class: "hole", x: 8, y: 8, width: 88, height: 168 });
    const leaf = add(g, "g", { class: "leaf" });
    add(leaf, "rect", { x: 8, y: 8, width: 88, height: 168 });
    add(leaf, "rect", { class: "leaf-pane", x: 24, y: 24, width: 56, height: 66, rx: 4 });
    add(leaf, "circle", { cx: 84, cy: 106, r: 5, fill: "#f4d58a" });
    add(g, "text", { x: 52, y: 200 }, contact.name);
    add(g, "text", { class: "contact-word", x: 52, y: 222 });
}

/** Windows with their PCs first, then PCs that serve no window. */
function columnsOf(hall) {
    const rest = [...hall.circuits];
    const columns = hall.windows.map((window) => {
        const at = rest.findIndex((circuit) => circuit.window === window.id);
        return { window, circuit: at >= 0 ? rest.splice(at, 1)[0] : null };
    });
    return columns.concat(rest.map((circuit) => ({ window: null, circuit })));
}

/** @param {SVGSVGElement} svg @param {any} hall the answer of GET /hall */
export function draw(svg, hall) {
    const columns = columnsOf(hall);
    const rows = Math.max(1, Math.ceil(columns.length / kColumns),
        Math.ceil(hall.contacts.length / 4));
    const height = kTop + rows * kRow + 90;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 1600 ${height}`);
    scenery(svg, height);
    sign(svg, hall);
    for (let row = 0; row < rows; ++row) {
        const these = columns.slice(row * kColumns, (row + 1) * kColumns);
        const y = kTop + row * kRow;
        const x = kLeft + (kColumns - these.length) * kColumn / 2;
        if (these.length > 0) {
            add(svg, "path", { class: "rail", d: `M${x + 20} ${y + 498}h${these.length * kColumn - 40}` });
        }
        these.forEach((column, i) => {
            if (column.window) counter(svg, column.window, x + i * kColumn, y);
            if (column.circuit) supply(svg, column.circuit, x + i * kColumn, y + 222);
        });
    }
    hall.contacts.forEach((contact, i) => {
        door(svg, contact, i % 2 === 0 ? 86 : 1410, kTop + 6 + Math.floor(i / 2) * 256);
    });
    if (hall.buzzer) {
        const buzzer = add(svg, "g", { class: "buzzer", "data-thing": "buzzer",
            transform: `translate(1462 ${height - 90})` });
        add(buzzer, "circle", { r: 16 });
        add(buzzer, "path", { d: "M-24 -12q-8 12 0 24M24 -12q8 12 0 24" });
        add(buzzer, "text", { class: "small", y: -26 }, say("buzzer"));
    }
}
