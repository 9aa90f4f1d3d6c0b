// The daemon's time. The browser's clock may be wrong, and is never asked: only how long ago the
// last picture came (a monotonic measure) is added.

/** @typedef {import("./state.js").State} State */

let received = 0;
let stamp = "";
let base = 0;
/** When the newest stamp came; a picture that comes again is no younger for it. */
let stamped = 0;

/** @param {string} text RFC 3339 @returns {number} the local wall time's fields, in ms, as if UTC */
function local(text) {
    const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(text);
    if (!m) return 0;
    return Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]),
        Number(m[6]));
}

/** @param {State} state */
export function heard(state) {
    received = performance.now();
    if (state.ts !== stamp) {
        stamp = state.ts;
        base = local(state.ts);
        stamped = received;
    }
}

/** Seconds since the last picture. */
export const age = () => (performance.now() - received) / 1000;

/** What is left of a span that the last picture spoke of. @param {number | null | undefined} seconds */
export function left(seconds) {
    if (seconds === null || seconds === undefined) return null;
    return Math.max(0, Math.ceil(seconds - age()));
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/** Now, in the hall. */
export function now() {
    const d = new Date(base + performance.now() - stamped);
    return {
        time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`,
        year: d.getUTCFullYear(),
        month: d.getUTCMonth() + 1,
        day: d.getUTCDate(),
        weekday: d.getUTCDay(),
        iso: d.toISOString().slice(0, 10),
    };
}

/** `17:30` of a time stamp; with the date when that is another day. @param {string | null} text */
export function clockOf(text) {
    if (!text) return "";
    const time = text.slice(11, 16);
    return text.slice(0, 10) === now().iso ? time : `${text.slice(5, 10)} ${time}`;
}

/** `1:05` or `42`. @param {number} seconds */
export function span(seconds) {
    if (seconds < 60) return String(seconds);
    return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}
