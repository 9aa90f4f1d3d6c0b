// What the hall tells Home Assistant, against what Home Assistant takes (home_assistant.schema.json) and against what the
// hall really says: no sensor that would stay unknown, none that would keep an old value, and nothing to switch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { channelOf } from "./documents.mjs";
import { House, shell, until } from "./support.mjs";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const ajv = formats(new Ajv2020({ allErrors: true, strictRequired: false, allowUnionTypes: true }));
const check = ajv.compile(read("home_assistant.schema.json"));
const faults = (payload) => (check(payload) ? [] : check.errors.map((e) => `${e.instancePath} ${e.message}`));
const enumOf = (file, field) => read(`../../docs/mqtt/schemas/${file}.schema.json`).properties[field].enum;

/** The two forms of template that the hall uses, and as Jinja has it: null is None. */
function rendered(template, message) {
    const plain = template.match(/^\{\{ value_json\.(\w+) \}\}$/);
    if (plain) return String(message[plain[1]] ?? "None");
    const form = /^\{\{ value_json\.(\w+) if value_json\.\1 in \('(\w+)', '(\w+)'\) else 'None' \}\}$/;
    const [, field, ...known] = template.match(form) ?? assert.fail(`another form: ${template}`);
    return known.includes(message[field]) ? message[field] : "None";
}
const fieldOf = (template) => template.match(/value_json\.(\w+)/)[1];

describe("Home Assistant", () => {
    let house, payload, told;
    const parts = () => Object.entries(payload.components);
    const message = (part) => told.last(part.state_topic.replace("hall/v1/demo/", ""));

    before(async () => {
        house = await House.startWith((text) => text.replace("[mqtt]", "[mqtt]\nhome_assistant = true"));
        told = house.subscribe("--retained-only");
        const { stdout } = await shell("mosquitto_sub", ["-h", "127.0.0.1", "-p", house.port, "-q", "1",
            "-t", "homeassistant/#", "--retained-only", "-C", "1", "-F", "%r %t %p"]);
        const [, retained, topic, text] = stdout.match(/^(\d) (\S+) (.*)$/m);
        assert.equal(`${retained} ${topic}`, "1 homeassistant/device/hall_demo/config");
        payload = JSON.parse(text);
        await until("all that is retained", () => parts().every(([, part]) => message(part)));
    });
    after(async () => {
        await told?.stop();
        await house?.demolish();
    });

    it("takes it", () => {
        assert.deepEqual(faults(payload), []);
        assert.equal(payload.device.name, "滕州供水客户服务大厅（演示）");
        assert.equal(payload.device.sw_version, told.last("status").version);
    });

    it("learns of everything that can be seen, once", async () => {
        const state = await house.state();
        const ids = parts().map(([, part]) => part.unique_id);
        assert.deepEqual([...ids].sort(), [
            ...Object.keys(state.circuits).flatMap((id) => [`hall_demo_circuit_${id}`, `hall_demo_watts_${id}`]),
            ...Object.keys(state.windows).map((id) => `hall_demo_window_${id}`),
            ...Object.keys(state.contacts).map((id) => `hall_demo_contact_${id}`),
            "hall_demo_closing", "hall_demo_lightbox",
        ].sort());
        assert.equal(new Set(ids).size, ids.length);
        for (const [key, part] of parts()) {
            assert.equal(key, part.unique_id);
            assert.equal(part.default_entity_id, `${part.platform}.${part.unique_id}`);
        }
    });

    it("finds in the hall's own messages what the templates pick, and it means something", () => {
        for (const [id, part] of parts()) {
            const channel = channelOf(part.state_topic);
            assert.ok(channel?.ours && channel.retained, part.state_topic);
            assert.ok(fieldOf(part.value_template) in message(part), id);
            const value = rendered(part.value_template, message(part));
            if (part.platform === "binary_sensor") {
                assert.ok([part.payload_on, part.payload_off].includes(value), `${id}: ${value}`);
            } else if (part.device_class === "power") {
                assert.ok(Number(value) > 0, `${id}: ${value}`);
            } else {
                assert.ok(part.options.includes(value), `${id}: ${value}`);
            }
        }
        // A degraded hall is there; online and offline are the words that Home Assistant expects unless told others.
        assert.equal(payload.availability_topic, "hall/v1/demo/status");
        assert.equal(payload.availability_template, "{{ 'offline' if value_json.state == 'offline' else 'online' }}");
        assert.deepEqual([payload.payload_available, payload.payload_not_available], [undefined, undefined]);
        assert.ok("state" in told.last("status"));
    });

    it("is told every value that there can be, and that one is not known", () => {
        for (const [id, part] of parts()) {
            const field = fieldOf(part.value_template);
            const is = (value) => rendered(part.value_template, { ...message(part), [field]: value });
            if (part.platform === "binary_sensor") {
                assert.equal(is(part.payload_on), part.payload_on);
                assert.equal(is(part.payload_off), part.payload_off);
                assert.equal(is("unknown"), "None", `${id} keeps its last value when nothing is known of it`);
            } else if (part.device_class === "power") {
                assert.equal(is(null), "None");
            } else {
                const [kind] = part.state_topic.replace("hall/v1/demo/", "").split("/");
                assert.deepEqual([...part.options].sort(), [...enumOf(kind, field)].sort());
            }
        }
    });

    it("can switch nothing", () => {
        assert.doesNotMatch(JSON.stringify(payload), /command|cmd_|"~"/);
        for (const [, part] of parts()) assert.ok(["sensor", "binary_sensor"].includes(part.platform));
    });

    it("would not take less, more or something else", () => {
        const power = parts().find(([, part]) => part.device_class === "power" && part.platform === "sensor")[0];
        const door = parts().find(([, part]) => part.device_class === "opening")[0];
        const wrong = {
            "no origin": (p) => delete p.origin, "an origin without a name": (p) => { p.origin = {}; },
            "no identifiers": (p) => delete p.device.identifiers, "no components": (p) => { p.components = {}; },
            "no unique_id": (p) => delete p.components[door].unique_id,
            "no topic": (p) => delete p.components[door].state_topic,
            "a switch": (p) => { p.components[door].platform = "switch"; },
            "a command": (p) => { p.components[door].command_topic = "a/b"; },
            "a command for all": (p) => { p.command_topic = "a/b"; },
            "a wildcard": (p) => { p.components[door].state_topic = "a/+"; },
            "a class of sensors": (p) => { p.components[door].device_class = "humidity"; },
            "a class of binary sensors": (p) => { p.components[power].device_class = "opening"; },
            "no unit": (p) => delete p.components[power].unit_of_measurement,
            "another unit": (p) => { p.components[power].unit_of_measurement = "V"; },
            "an unknown key": (p) => { p.components[power].colour = "red"; },
            "both availabilities": (p) => { p.availability = [{ topic: "a" }]; },
            "the name that is gone": (p) => { p.components[power].object_id = "x"; },
            "a choice with a unit": (p) => { p.components[power].options = ["a"]; },
            "qos 3": (p) => { p.qos = 3; },
        };
        for (const [what, change] of Object.entries(wrong)) {
            const copy = structuredClone(payload);
            change(copy);
            assert.notDeepEqual(faults(copy), [], what);
        }
    });
});
