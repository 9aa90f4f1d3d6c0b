// What docs/mqtt/schemas say of a topic's fields, in the words of config/node-red/platforms/fields.js.
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../docs/mqtt/schemas/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(`${name}.schema.json`, FOLDER), "utf8"));
const common = read("common").$defs;
const WORDS = { string: "text", integer: "number", number: "number", boolean: "flag", array: "list", object: "object" };

function typeOf(schema) {
    if (schema.$ref?.endsWith("/stamp")) return "time";
    const known = schema.$ref ? common[schema.$ref.split("/").at(-1)] : schema;
    if (known.oneOf) {
        const real = known.oneOf.filter((s) => s.type !== "null");
        return typeOf(real[0]) + (real.length < known.oneOf.length ? "?" : "");
    }
    const types = [known.type].flat();
    return WORDS[types.find((t) => t !== "null")] + (types.includes("null") ? "?" : "");
}

function walk({ properties, required }, prefix, maybe, into) {
    for (const [key, schema] of Object.entries(properties)) {
        let type = typeOf(schema);
        if ((maybe || !required.includes(key)) && !type.endsWith("?")) type += "?";
        into[prefix + key] = type;
        const inner = schema.oneOf?.find((s) => s.properties) ?? schema;
        if (inner.properties) walk(inner, `${prefix}${key}.`, type.endsWith("?"), into);
    }
    return into;
}

/** By topic, as `circuit/{id}`: every field with its type; ? behind it where it may be null or missing. */
export const fieldsOf = (topic) => walk(read(topic.split("/")[0]), "", false, {});
