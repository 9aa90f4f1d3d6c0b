// Keeps what each hall said last. Everything that comes from the broker passes here, in order.
// Maps, so that no name of a hall or of a thing in it can be mistaken for something of JavaScript's own.
const EVENTS = 30;
const SINGLE = ["status", "closing", "lightbox"];
const LISTS = ["circuit", "window", "contact", "alarm", "device"];

function broker(status) {
    const connected = /connected$/.test(status.text) && !/disconnected$/.test(status.text);
    const before = flow.get("broker");
    if (before.connected === connected) return;
    flow.set("broker", { connected, since: Date.now() });
    // Retained messages come anew. What was removed meanwhile would not be told, so nothing old may stay.
    if (connected) flow.set("halls", new Map());
}

function hallOf(id) {
    const halls = flow.get("halls");
    if (!halls.has(id)) {
        halls.set(id, { one: {}, many: Object.fromEntries(LISTS.map((kind) => [kind, new Map()])), events: [] });
    }
    return halls.get(id);
}

function reply(body) {
    const command = flow.get("commands").find((c) => c.id === body.id);
    if (command) command.reply = { result: body.result, code: body.code, message: body.message };
}

function said(id, [kind, thing], text) {
    if (text === "") {
        // A retained message was removed: an alarm that is over, or a hall that is no more.
        if (kind === "status") flow.get("halls").delete(id);
        else if (LISTS.includes(kind)) hallOf(id).many[kind].delete(thing);
        return;
    }
    const body = JSON.parse(text);
    if (body === null || typeof body !== "object") throw new Error("no object");
    if (kind === "reply") reply(body);
    const hall = hallOf(id);
    // The hall's own time. A retained message is old news and says nothing about the hall being there now.
    if (!hall.last || Date.parse(body.ts) > Date.parse(hall.last)) hall.last = body.ts;
    if (!msg.retain) hall.heard = Date.now();
    if (SINGLE.includes(kind)) hall.one[kind] = body;
    else if (LISTS.includes(kind)) hall.many[kind].set(thing, body);
    else if (kind === "event" && !hall.events.some((e) => e.id === body.id)) {
        hall.events = [body, ...hall.events].sort((a, b) => b.seq - a.seq).slice(0, EVENTS);
    }
}

/** A hall's name, from what it tells Home Assistant. */
function named(node, text) {
    if (text === "" || !node.startsWith("hall_")) return;
    flow.get("names").set(node.slice("hall_".length), JSON.parse(text).device.name);
}

if (msg.status) {
    broker(msg.status);
} else {
    try {
        const levels = msg.topic.split("/");
        if (levels[0] === "hall") said(levels[2], levels.slice(3), msg.payload);
        else named(levels.at(-2), msg.payload);
    } catch (error) {
        node.warn(`${msg.topic}: ${error.message}`);
    }
}
