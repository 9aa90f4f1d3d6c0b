// Puts a state into the drawing.
// @ts-check
import { say } from "/words.js";

/** @param {string} kind @param {string} id @param {any} state @returns {string[]} what is wrong */
function faultsOf(id, state) {
    const faults = [];
    for (const [name, label] of [[`contactor.${id}.fault`, "contactor"], [`feedback.${id}`, "feedback"]]) {
        const value = state[name];
        if (value !== undefined && value !== "healthy") faults.push(`${say(label)}: ${say(value)}`);
    }
    if (state[`meter.${id}`] === "silent") faults.push(`${say("meter")}: ${say("silent")}`);
    return faults;
}

/** @param {any} value watts, or a word @returns {string} */
function watts(value) {
    if (typeof value !== "number") return value === undefined ? "" : "— W";
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} W`;
}

function text(parent, selector, words) {
    const element = parent.querySelector(selector);
    if (element && element.textContent !== words) element.textContent = words;
}

/**
 * @param {SVGSVGElement} svg @param {any} hall @param {any} state
 * @param {Set<string>} blinking names of the lamps that changed again and again of late
 */
export function show(svg, hall, state, blinking) {
    for (const element of svg.querySelectorAll("[data-thing]")) {
        const thing = element.getAttribute("data-thing") ?? "";
        element.setAttribute("data-is", String(state[thing] ?? ""));
        if (element.classList.contains("lamp")) {
            element.classList.toggle("blinks", blinking.has(thing));
        }
    }
    for (const circuit of hall.circuits) {
        const pc = svg.querySelector(`[data-thing="pc.${CSS.escape(circuit.id)}"]`);
        if (pc) {
            text(pc, ".pc-word", say(state[`pc.${circuit.id}`]));
            text(pc, ".pc-watts", watts(state[`meter.${circuit.id}`]));
        }
        const contactor = state[`contactor.${circuit.id}`];
        const element = svg.querySelector(`[data-thing="contactor.${CSS.escape(circuit.id)}"]`);
        element?.setAttribute("data-fault", state[`contactor.${circuit.id}.fault`]);
        svg.querySelector(`[data-cable="${CSS.escape(circuit.id)}"]`)
            ?.classList.toggle("live", contactor === "closed");
        const faults = faultsOf(circuit.id, state);
        const label = svg.querySelector(`[data-circuit="${CSS.escape(circuit.id)}"]`);
        if (label) {
            label.textContent = faults.length > 0 ? faults.join(" · ") : "";
            label.classList.toggle("fault", faults.length > 0);
        }
        if (circuit.window !== null) {
            svg.querySelector(`[data-clerk="${CSS.escape(circuit.window)}"]`)
                ?.classList.toggle("there", state[`pc.${circuit.id}`] !== "off");
        }
    }
    for (const contact of hall.contacts) {
        const element = svg.querySelector(`[data-thing="contact.${CSS.escape(contact.id)}"]`);
        if (element) text(element, ".contact-word", say(state[`contact.${contact.id}`]));
    }
}
