// What the page asks for every second: all halls in short, the worst first, and one of them in full.
// Ages are made here, so that the clock of whoever looks does not matter.
const SILENT = 150;
const now = Date.now();
const broker = flow.get("broker");
const name = (id, hall) => hall.one.status?.name ?? flow.get("names").get(id) ?? id;
const order = new Intl.Collator("en", { numeric: true }).compare;
const seconds = (since) => Math.max(0, Math.round((now - since) / 1000));
const things = (map) => [...map].map(([id, body]) => ({ id, ...body })).sort((a, b) => order(a.id, b.id));

/** Halls with boards and meters tell their figures once a minute: such a hall is not silent for long. */
function silent(hall) {
    return hall.many.device.size > 0 && hall.one.status?.state !== "offline"
        && seconds(Math.max(hall.heard ?? 0, broker.since)) > SILENT;
}

function short([id, hall]) {
    const alarms = [...hall.many.alarm.values()];
    return {
        id, name: name(id, hall),
        state: hall.one.status?.state ?? "unknown", phase: hall.one.closing?.phase ?? "unknown",
        alarms: alarms.length, critical: alarms.filter((a) => a.severity === "critical").length,
        unseen: alarms.filter((a) => a.acknowledged_by === null).length,
        blockers: hall.one.closing?.blockers?.length ?? 0, lit: hall.one.lightbox?.actual ?? null,
        last: hall.last ?? null, heard: hall.heard ? seconds(hall.heard) : null, silent: silent(hall),
    };
}

function full([id, hall]) {
    const { circuit, window, contact, alarm } = hall.many;
    return {
        ...short([id, hall]), status: hall.one.status ?? null, closing: hall.one.closing ?? null,
        lightbox: hall.one.lightbox ?? null,
        circuits: things(circuit), windows: things(window), contacts: things(contact),
        standing: things(alarm).sort((a, b) => Date.parse(b.raised) - Date.parse(a.raised)), events: hall.events,
        commands: flow.get("commands").filter((c) => c.hall === id).map((c) => ({
            ...c, age: seconds(c.sent), late: !c.reply && now > c.expires,
        })),
    };
}

const bad = (h) => [
    h.state === "offline", h.silent, h.critical > 0, h.phase === "hold", h.state !== "online", h.alarms > 0,
];
function worse(a, b) {
    const [x, y] = [bad(a), bad(b)];
    const first = x.findIndex((value, i) => value !== y[i]);
    return first < 0 ? order(a.id, b.id) : y[first] - x[first];
}

const halls = [...flow.get("halls")];
const chosen = halls.find(([id]) => id === msg.req.query.hall);
msg.payload = {
    broker: { connected: broker.connected, seconds: seconds(broker.since) },
    halls: halls.map(short).sort(worse), hall: chosen ? full(chosen) : null,
};
return msg;
