// What docs/mqtt says of the tree, as something that messages can be held against.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";

const FOLDER = fileURLToPath(new URL("../../docs/mqtt/", import.meta.url));
const read = (file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8"));

export const asyncapi = read("asyncapi.json");

/** The documents allow fields that they do not name, since more may come. What the daemon says today they must name. */
function closed(schema) {
    if (Array.isArray(schema)) return schema.map(closed);
    if (schema === null || typeof schema !== "object") return schema;
    const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
    if (copy.type === "object" && copy.properties && !("additionalProperties" in copy) && !copy.allOf && !copy.oneOf)
        copy.additionalProperties = false;
    return copy;
}

const ajv = new Ajv2020({ allErrors: true, strictRequired: false, allowUnionTypes: true });
formats(ajv);
for (const file of readdirSync(join(FOLDER, "schemas"))) ajv.addSchema(closed(read(`schemas/${file}`)));

const text = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** By name: who says it, the topics as an expression, whether it is retained, and the check of a payload. */
export const channels = Object.entries(asyncapi.channels).map(([name, channel]) => {
    const operation = Object.values(asyncapi.operations).find((o) => o.channel.$ref === `#/channels/${name}`);
    const [message] = Object.keys(channel.messages);
    const file = asyncapi.components.messages[message].payload.schema.$ref.replace("schemas/", "");
    const levels = channel.address.split("/").map((level) => (/^\{.*\}$/.test(level) ? "[^/]+" : text(level)));
    return {
        name, topic: new RegExp(`^${levels.join("/")}$`), ours: operation.action === "send",
        retained: operation.bindings.mqtt.retain, check: ajv.getSchema(file),
    };
});

/** Which channel a topic is of; undefined: none that is documented. */
export const channelOf = (topic) => channels.find((c) => c.topic.test(topic));

/** What is wrong with messages that the hall sent, as lines, each kind of fault once. */
export function faultsOf(messages) {
    const kinds = new Map();
    for (const message of messages) {
        for (const [kind, line] of faultsOfOne(message)) if (!kinds.has(kind)) kinds.set(kind, line);
    }
    return [...kinds.values()];
}

function faultsOfOne({ topic, payload }) {
    const channel = channelOf(topic);
    const fault = (what) => [`${channel?.name} ${what}`, `${topic}${what}, in ${payload}`];
    if (channel === undefined) return [fault(" is not documented")];
    if (payload === "") return channel.name === "alarm" ? [] : [fault(" is empty")];
    let body;
    try {
        body = JSON.parse(payload);
    } catch {
        return [fault(" is no JSON")];
    }
    if (channel.check(body)) return [];
    return channel.check.errors.map((e) => fault(`${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`));
}
