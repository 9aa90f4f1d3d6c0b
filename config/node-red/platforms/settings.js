// Node-RED for flow.json alone: no page, no editor, no port. A mapping that is not good ends it before it connects to
// anybody. What differs from place to place comes from the environment; README.md lists it.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const desk = require("../settings.js");
const { load } = require("./check.js");
const { Bridge } = require("./map.js");

process.env.HALL_PLATFORM ??= "mqtt://127.0.0.1:1883";
process.env.HALL_PLATFORM_CA ??= "";
const { HALL_PLATFORM_MAP: file = join(__dirname, "thingsboard.json") } = process.env;
const { HALL_PLATFORM_CREDENTIALS: secret } = process.env;

let bridge;
try {
    const lines = secret ? readFileSync(secret, "utf8").split("\n").map((line) => line.trim()) : [];
    bridge = new Bridge(load(file), lines);
} catch (error) {
    process.stderr.write(error.code ? `${secret}: cannot be read (${error.code}); see HALL_PLATFORM_CREDENTIALS\n`
        : `${error.message}\n`);
    process.exit(2);
}

module.exports = {
    ...desk,
    httpAdminRoot: false,
    httpNodeRoot: false,
    httpNodeAuth: undefined,
    functionExternalModules: false,
    functionGlobalContext: { platform: { bridge } },
    mqttReconnectTime: 2000,
};
