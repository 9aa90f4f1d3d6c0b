// Few, plain line drawings. They never say anything that words beside them do not.
import { h } from "./view.js";

/** @type {Record<string, string[]>} */
const PATHS = {
    door: ["M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17", "M4 21h16", "M14.5 12v.5"],
    door_open: ["M4 21h16", "M6 21V4a1 1 0 0 1 1-1h7", "M14 3l5 2.5V21l-5-2z", "M16.4 12v.5"],
    pc: ["M4 5h16v11H4z", "M9 20h6", "M12 16v4"],
    lamp: ["M4 7h16v8H4z", "M8 15v4", "M16 15v4", "M9 11h6"],
    bell: ["M6 17V11a6 6 0 0 1 12 0v6", "M4 17h16", "M10.5 20.5h3"],
    check: ["M5 12.5l4.5 4.5L19 7.5"],
    cross: ["M6 6l12 12", "M18 6L6 18"],
    warning: ["M12 4L2.8 20h18.4z", "M12 10v5", "M12 17.6v.3"],
    moon: ["M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"],
    sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z", "M12 2.5v2", "M12 19.5v2", "M2.5 12h2", "M19.5 12h2",
        "M5.3 5.3l1.4 1.4", "M17.3 17.3l1.4 1.4", "M18.7 5.3l-1.4 1.4", "M6.7 17.3l-1.4 1.4"],
    clock: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 7v5l3.5 2"],
    card: ["M3 6h18v12H3z", "M3 10h18", "M6.5 14.5h4"],
    backspace: ["M9 6h11v12H9l-6-6z", "M12.5 9.5l5 5", "M17.5 9.5l-5 5"],
    power: ["M12 3.5v8", "M7 6.2a8 8 0 1 0 10 0"],
    back: ["M15 5l-7 7 7 7"],
    forward: ["M9 5l7 7-7 7"],
    eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z",
        "M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
    hourglass: ["M6 3h12", "M6 21h12", "M7.5 3v4.5L12 12l4.5-4.5V3", "M7.5 21v-4.5L12 12l4.5 4.5V21"],
};

/** @param {string} name */
export function icon(name) {
    return h("svg.icon", { viewBox: "0 0 24 24", "aria-hidden": "true" },
        PATHS[name].map((d) => h("path", { d })));
}

/**
 * The hall as it looks from the street: who still has light, which door stands open, the sign.
 * @param {import("./state.js").State} state
 */
export function facade(state) {
    const circuits = Object.values(state.circuits).slice(0, 10);
    const open = Object.values(state.contacts).some((c) => c.state === "open");
    const lit = state.lightbox?.actual === "on";
    const width = 26;
    const gap = 8;
    const from = (340 - circuits.length * (width + gap) + gap) / 2;
    return h("svg.facade", { viewBox: "0 0 340 150", "aria-hidden": "true" },
        h("path", { class: "ground", d: "M0 142h340" }),
        h("path", { class: "wall", d: "M14 142V58h312v84z" }),
        h("path", { class: "roof", d: "M4 58L28 38h284l24 20z" }),
        h("rect", { class: lit ? "glow lit" : "glow", x: 84, y: 6, width: 172, height: 40, rx: 20 }),
        h("rect", { class: lit ? "sign lit" : "sign", x: 100, y: 14, width: 140, height: 24, rx: 4 }),
        h("path", { class: "post", d: "M124 38v6M216 38v6" }),
        circuits.map((c, i) => h("rect", {
            class: c.actual === "off" || c.pc === "off" ? "pane" : "pane bright",
            x: from + i * (width + gap), y: 70, width, height: 22, rx: 2,
        })),
        h("rect", { class: "door-frame", x: 146, y: 104, width: 48, height: 38 }),
        h("path", { class: open ? "door-leaf open" : "door-leaf",
            d: open ? "M146 104l-14 5v33h14zM194 104l14 5v33h-14z" : "M170 104v38" }));
}
