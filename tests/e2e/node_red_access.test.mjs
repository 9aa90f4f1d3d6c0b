// Who gets to what through the shipped Node-RED flow: its certificates at the shipped mosquitto, and its own page.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Desk, SHIPPED } from "./desk.mjs";
import { Broker, made, secure } from "./secure_broker.mjs";
import { House, shell, until } from "./support.mjs";

describe("the shipped Node-RED flow at the shipped mosquitto", () => {
    let broker, house;
    const settings = (id, authority = broker.certs) => ({
        HALL_BROKER: `mqtts://localhost:${broker.port}`, HALL_CA: join(authority, "ca.crt"),
        HALL_CERTIFICATE: join(broker.certs, `${id}.crt`), HALL_KEY: join(broker.certs, `${id}.key`),
    });
    before(async () => {
        broker = await Broker.start();
        for (const id of ["demo", "operator"]) await made(broker.certs, "client", id);
        house = await House.startWith((text) => secure(text, broker, broker.port));
    });
    after(async () => {
        await house?.demolish();
        await broker?.end();
    });

    it("comes in as operator, sees the hall and may command it", async () => {
        const desk = await Desk.start(settings("operator"));
        try {
            await desk.online();
            assert.equal((await desk.post({ hall: "demo", name: "status.refresh" })).status, 200);
            await until("a reply", async () => (await desk.state()).hall.commands[0].reply?.result === "done");
        } finally {
            await desk.end();
        }
    });

    it("speaks with no broker of another authority", async () => {
        const strangers = await Broker.start();
        const desk = await Desk.start(settings("operator", strangers.certs));
        try {
            await until("it has tried", () => desk.log.includes("Connection failed to broker"));
            const { broker: { connected }, halls } = await desk.state();
            assert.deepEqual([connected, halls], [false, []]);
            assert.doesNotMatch(desk.log, /Connected to broker/);
        } finally {
            await desk.end();
            await strangers.end();
        }
    });
});

describe("the settings for a desk", () => {
    const tried = (environment) => shell(process.execPath, [join(SHIPPED, "settings.js")], { env: environment });

    it("let nobody reach the page from outside without a password, and the editor never", async () => {
        const password = { HALL_DESK_USER: "desk", HALL_DESK_HASH: "$2b$08$x" };
        assert.equal((await tried({})).code, 0);
        assert.equal((await tried({ HALL_DESK_EDITOR: "yes" })).code, 0);
        assert.match((await tried({ HALL_DESK_HOST: "0.0.0.0" })).stderr, /HALL_DESK_USER/);
        assert.equal((await tried({ HALL_DESK_HOST: "0.0.0.0", ...password })).code, 0);
        const both = await tried({ HALL_DESK_HOST: "0.0.0.0", ...password, HALL_DESK_EDITOR: "yes" });
        assert.match(both.stderr, /EDITOR/);
    });

    it("keep page, state and commands behind the password", async () => {
        const { hashSync } = createRequire(new URL("../node-red/package.json", import.meta.url))("bcryptjs");
        const desk = await Desk.start({
            HALL_BROKER: "mqtt://127.0.0.1:1", HALL_DESK_USER: "desk", HALL_DESK_HASH: hashSync("secret", 8),
        });
        const as = (pair) => ({ Authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
        try {
            for (const [method, path, inside] of [["GET", "", 200], ["GET", "/state", 200], ["POST", "/command", 403]]) {
                const ask = async (headers) => (await fetch(desk.url + path, { method, headers })).status;
                assert.deepEqual([await ask({}), await ask(as("desk:wrong"))], [401, 401], path);
                assert.equal(await ask(as("desk:secret")), inside, path);
            }
            for (const path of ["/", "/editor", "/flows", "/editor/flows"])
                assert.equal((await fetch(new URL(path, desk.url), { headers: as("desk:secret") })).status, 404, path);
        } finally {
            await desk.end();
        }
    });
});
