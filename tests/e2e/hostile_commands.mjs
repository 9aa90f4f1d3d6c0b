// Commands that must have no effect, each with the code that the README gives for it. Most of them would cancel the
// closing that is under way if they were taken.
import { randomUUID } from "node:crypto";
import { command, timed } from "./stranger.mjs";

const CANCEL = "closing.cancel";
const without = (field) => command({ [field]: undefined });
/** Text that no JSON library would write. */
const raw = (change) => change(JSON.stringify(command()));
const padded = (bytes) => raw((text) => `${text}${" ".repeat(bytes - text.length)}`);
const withArgs = (args) => command({ args });
const bytes = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));
/** A number as it is written, which JSON.stringify would not write. */
const number = (field, value) => raw((text) => text.replace('"args":{}', `"args":{"${field}":${value}}`));

/** A time of now, with an offset that no zone has. */
const farOff = () => new Date(Date.now() + (99 * 60 + 99) * 60_000).toISOString().replace("Z", "+99:99");

/** What no reader needs to look into for an id. */
const UNREAD = true;

/** What, the code, the command's name, how its payload is made, and whether even its id is not read. */
export const HOSTILE = [
    // --- out of time
    ["expired", "expired", CANCEL, () => timed(-60, -1)],
    ["expires before it was issued", "malformed", CANCEL, () => timed(0, -1)],
    ["issued too long ago, good for years", "too_old", CANCEL, () => timed(-301, 1e8)],
    ["issued in 1970, good until 9999", "too_old", CANCEL,
        () => command({ issued: "1970-01-01T00:00:00Z", expires: "9999-12-31T23:59:59Z" })],
    ["dated ahead", "from_future", CANCEL, () => timed(40, 90)],
    ["dated years ahead", "from_future", CANCEL, () => timed(1e8, 2e8)],
    ["a day that no month has", "malformed", CANCEL, () => command({ issued: "2026-02-30T00:00:00Z" })],
    ["a time without a zone", "malformed", CANCEL, () => command({ issued: "2026-11-27T12:00:00" })],
    ["a time as a number", "malformed", CANCEL, () => command({ issued: Date.now() })],
    ["a time as a list", "malformed", CANCEL, () => command({ expires: [] })],
    ["no end", "malformed", CANCEL, () => command({ expires: null })],

    // --- no command at all
    ["nothing", "malformed", CANCEL, () => ""],
    ["not JSON", "malformed", CANCEL, () => "cancel it!"],
    ["JSON that ends early", "malformed", CANCEL, () => raw((text) => text.slice(0, -1))],
    ["two objects", "malformed", CANCEL, () => raw((text) => text + text)],
    ["a list", "malformed", CANCEL, () => [command()]],
    ["a text", "malformed", CANCEL, () => JSON.stringify(JSON.stringify(command()))],
    ["a number", "malformed", CANCEL, () => "4711"],
    ["null", "malformed", CANCEL, () => "null"],
    ["UTF-16", "malformed", CANCEL, () => Buffer.from(JSON.stringify(command()), "utf16le")],
    ["invalid UTF-8", "malformed", CANCEL, () => bytes('{"id":"', [0xff, 0xfe, 0xc0, 0xaf], '"}')],
    ["a NUL byte", "malformed", CANCEL, () => bytes([0], JSON.stringify(command()))],
    ["half a surrogate", "malformed", CANCEL, () => raw((text) => text.replace("{}", '{"x":"\\ud800"}')), UNREAD],
    ["1,000 brackets", "malformed", CANCEL, () => "[".repeat(1000)],
    ["4,000 brackets and their ends, in args", "malformed", CANCEL,
        () => raw((text) => text.replace("{}", `{"x":${"[".repeat(3900)}${"]".repeat(3900)}}`)), UNREAD],
    ["10,000 brackets", "too_large", CANCEL, () => "[".repeat(10_000)],
    ["one byte too long", "too_large", CANCEL, () => padded(8193), UNREAD],
    ["60,000 bytes", "too_large", CANCEL, () => padded(60_000), UNREAD],

    // --- something missing, or of another type
    ["no id", "malformed", CANCEL, () => without("id")],
    ["no issued", "malformed", CANCEL, () => without("issued")],
    ["no expires", "malformed", CANCEL, () => without("expires")],
    ["an id that is a number", "malformed", CANCEL, () => command({ id: 7 })],
    ["an id that is no UUID", "malformed", CANCEL, () => command({ id: "../../etc/passwd" })],
    ["an id that is a wildcard", "malformed", CANCEL, () => command({ id: randomUUID().replace(/.$/, "+") })],
    ["an id in braces", "malformed", CANCEL, () => command({ id: `{${randomUUID()}}` })],
    ["an id with a NUL behind it", "malformed", CANCEL, () => command({ id: `${randomUUID()}\0` })],
    ["args that are a list", "malformed", CANCEL, () => withArgs([])],
    ["args that are a text", "malformed", CANCEL, () => withArgs("{}")],
    ["args that are null", "malformed", CANCEL, () => withArgs(null)],

    // --- what must not exist
    ...["closing.confirm", "closing.start", "closing.force", "closing.except", "closing.extend", "opening.open",
        "staff.add", "post.sign-in", "circuit.set", "CLOSING.CANCEL", "closing.cancel ", "",
        `${"关厅".repeat(11)}`, "x".repeat(2000)]
        .map((name) => [`command "${name.slice(0, 20)}"`, "unknown_command", name, () => withArgs({ circuit: "pc1" })]),

    // --- wrong arguments
    ["a window that there is not", "unknown_window", "window.set", () => withArgs({ window: "99", state: "serving" })],
    ["a window by number", "malformed", "window.set", () => withArgs({ window: 1, state: "serving" })],
    ["a window of a kind that there is not", "bad_value", "window.set", () => withArgs({ window: "1", state: "open" })],
    ["a window and nothing else", "malformed", "window.set", () => withArgs({ window: "1" })],
    ["seconds as a text", "malformed", "closing.inhibit", () => withArgs({ seconds: "90" })],
    ["no seconds", "malformed", "closing.inhibit", () => withArgs({})],
    ["seconds below nothing", "bad_value", "closing.inhibit", () => withArgs({ seconds: -5 })],
    ["huge seconds", "bad_value", "closing.inhibit", () => number("seconds", "1e300")],
    ["NaN", "malformed", "closing.inhibit", () => number("seconds", "NaN")],
    ["a number that no computer has", "malformed", "closing.inhibit", () => number("seconds", "1e999"), UNREAD],
    ["an end that is over", "bad_value", "closing.inhibit", () => withArgs({ until: timed(-60, 0).issued })],
    ["an end after two days", "bad_value", "closing.inhibit", () => withArgs({ until: timed(172_800, 0).issued })],
    ["a light that is neither on nor off", "malformed", "lightbox.override",
        () => withArgs({ until: "permanent", lit: 1 })],
    ["light until never", "bad_value", "lightbox.override", () => withArgs({ until: "never", lit: true })],
    ["light for years", "bad_value", "lightbox.override",
        () => withArgs({ until: "duration", lit: true, seconds: 1e9 })],
    ["records from half a number on", "malformed", "events.resend", () => withArgs({ from_seq: 1.5 })],
    ["records from below nothing on", "bad_value", "events.resend", () => withArgs({ from_seq: -1 })],
    ["records that are not written yet", "bad_value", "events.resend",
        () => number("from_seq", "18446744073709551615")],
    ["records beyond all numbers", "malformed", "events.resend", () => number("from_seq", "1e30")],
    ["a fault with too long a text", "malformed", "fault.raise",
        () => withArgs({ window: "1", text: "x".repeat(401) })],
    // --- what two readers would read as two commands, or one of them as none
    ["a NUL byte and more behind it", "malformed", CANCEL, () => bytes(JSON.stringify(command()), [0], "{}"), UNREAD],
    ["a NUL byte at the end", "malformed", CANCEL, () => bytes(JSON.stringify(command()), [0]), UNREAD],
    ["an id that stands twice", "malformed", CANCEL,
        () => raw((text) => text.replace('{"id"', `{"id":"${randomUUID()}","id"`)), UNREAD],
    ["args that stand twice", "malformed", CANCEL,
        () => raw((text) => text.replace('"args":{}', '"args":{"window":"1"},"args":{}')), UNREAD],
    ["an argument that stands twice", "malformed", "closing.inhibit",
        () => raw((text) => text.replace('"args":{}', '"args":{"seconds":1,"seconds":0}')), UNREAD],
    ["an offset of 99 hours", "malformed", CANCEL, () => command({ issued: farOff() })],
    ["a point and no digits", "malformed", CANCEL,
        () => command({ issued: new Date().toISOString().replace(/\.\d+/, ".") })],
    ["an alarm of another type", "malformed", "alarm.acknowledge", () => withArgs({ alarm: { id: 1 } })],
];

/** Said into topics on which the daemon takes no command; nobody answers. */
export const UNHEARD = [
    ["another hall's topic", "/hall/v1/other/command/closing.cancel"],
    ["a hall's name in capitals", "/hall/v1/DEMO/command/closing.cancel"],
    ["another version of the tree", "/hall/v2/demo/command/closing.cancel"],
    ["a level more", "command/closing.cancel/now"],
    ["a level more before it", "x/command/closing.cancel"],
    ["a slash as the only name", "command/closing/cancel"],
    ["a level in capitals", "Command/closing.cancel"],
    ["no name at all", "command"],
    ["the reply to a command", "reply/00000000-0000-4000-8000-000000000000"],
    ["1 MiB", "command/closing.cancel", () => padded(1 << 20)],
];
