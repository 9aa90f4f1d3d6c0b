// How the two platforms want to be told things. Sources: README.md beside the flow.
const { createHash, randomUUID } = require("node:crypto");

const json = JSON.stringify;

/**
 * ThingsBoard's Gateway API. An event is telemetry, which has one value for a key in a millisecond: `alone`.
 * Everything is of one device, whose name is a key of the payload.
 */
const thingsboard = {
    gateway: [],
    needs: { connect: [], disconnect: [], telemetry: [], attributes: [] },
    ways: { telemetry: "telemetry", attributes: "attributes", event: "telemetry" },
    alone: true,
    hello: ({ device, product }) => [["connect", json({ device, type: product })]],
    goodbye: ({ device }) => ["disconnect", json({ device })],
    telemetry: ({ device, at, values }) => json({ [device]: [{ ts: at, values }] }),
    attributes: ({ device, values }) => json({ [device]: values }),
    login: (mapping, [user, password]) => ({ clientid: "", username: user ?? "", password: password ?? "" }),
};
thingsboard.event = thingsboard.telemetry;

/** JetLinks' official protocol over MQTT: the adapter is a gateway, a hall and its parts are its children. */
const jetlinks = {
    gateway: ["product", "device", "login"],
    needs: {
        register: ["device"], online: ["device"], offline: ["device"], properties: ["device"],
        event: ["device", "event"],
    },
    ways: { properties: "properties", event: "event" },
    alone: false,
    // Whoever is known there already is not registered anew.
    hello: ({ device, product, at }) => [
        ["register", json({
            messageId: randomUUID(), timestamp: at, deviceId: device,
            headers: { deviceName: device, productId: product },
        })],
        ["online", json({ messageId: randomUUID(), timestamp: at })],
    ],
    goodbye: ({ at }) => ["offline", json({ messageId: randomUUID(), timestamp: at })],
    properties: ({ at, values }) => json({ messageId: randomUUID(), timestamp: at, properties: values }),
    // A record of the journal has an id of its own: a repetition is one there, too.
    event: ({ at, values, id }) => json({ messageId: id ?? randomUUID(), timestamp: at, data: values }),
    login: ({ gateway }, [id = "", key = ""], now) => {
        if (gateway.login === "plaintext") return { clientid: gateway.device, username: id, password: key };
        const username = `${id}|${now}`;
        return {
            clientid: gateway.device, username,
            password: createHash("md5").update(`${username}|${key}`).digest("hex"),
        };
    },
};

module.exports = { thingsboard, jetlinks };
