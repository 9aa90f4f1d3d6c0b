// A button of the page: makes the command that the hall expects and sends it, or says why not. It goes out once, lives
// for LIFE, and is kept with its reply for the page to show.
const LIFE = 30_000;
const KEPT = 50;
const { hall: id, name, args } = msg.payload ?? {};
const hall = flow.get("halls").get(id);

/** Only a page of this address: a page elsewhere cannot send JSON without asking first, and is not answered. */
function stranger({ headers }) {
    if (!/^application\/json\b/.test(headers["content-type"] ?? "")) return true;
    const { origin, host } = headers;
    return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

function refusal() {
    if (stranger(msg.req)) return [403, "stranger"];
    if (!hall) return [404, "unknown_hall"];
    // What is sent later than it was meant would be worse than what is not sent.
    if (!flow.get("broker").connected) return [503, "broker_away"];
    if (name === "status.refresh") return undefined;
    if (name !== "alarm.acknowledge") return [400, "unknown_command"];
    return hall.many.alarm.has(args?.alarm) ? undefined : [404, "unknown_alarm"];
}

const refused = refusal();
if (refused) {
    msg.statusCode = refused[0];
    msg.payload = { refused: refused[1] };
    return [null, msg];
}
const sent = Date.now(), command = {
    id: crypto.randomUUID(), issued: new Date(sent).toISOString(), expires: new Date(sent + LIFE).toISOString(),
    args: name === "alarm.acknowledge" ? { alarm: args.alarm } : {},
};
const all = flow.get("commands");
all.unshift({ id: command.id, hall: id, name, args: command.args, sent, expires: sent + LIFE, reply: null });
all.length = Math.min(all.length, KEPT);
msg.payload = { id: command.id };
return [{ topic: `hall/v1/${id}/command/${name}`, payload: JSON.stringify(command), qos: 1, retain: false }, msg];
