// A mosquitto as config/broker/mosquitto has it, with certificates made by its own script.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, shell, until } from "./support.mjs";

const SHIPPED = fileURLToPath(new URL("../../config/broker/mosquitto/", import.meta.url));
const CERTIFICATES = fileURLToPath(new URL("../../config/broker/certificates", import.meta.url));

export const certificates = (folder, ...args) => shell(CERTIFICATES, [folder, ...args]);
export async function made(folder, ...args) {
    const { code, stderr } = await certificates(folder, ...args);
    assert.equal(code, 0, stderr);
}

/** A mosquitto with the shipped files, in a folder of its own; only places and the port are other ones. */
export class Broker {
    static async start(names = ["localhost", "127.0.0.1"]) {
        const broker = new Broker();
        broker.folder = mkdtempSync(join(tmpdir(), "hall-broker-"));
        broker.certs = join(broker.folder, "certs");
        await made(broker.certs, "authority");
        await made(broker.certs, "server", ...names);
        broker.port = await freePorts();
        const text = readFileSync(join(SHIPPED, "mosquitto.conf"), "utf8")
            .replaceAll("/etc/mosquitto/certs", broker.certs)
            .replace("/etc/mosquitto/conf.d/access", join(SHIPPED, "access"))
            .replace("/var/lib/mosquitto/", `${broker.folder}/`)
            .replace("listener 8883", `listener ${broker.port} 127.0.0.1`);
        assert.doesNotMatch(text, /^[^#].*(\/etc\/|\/var\/)/m);
        broker.config = join(broker.folder, "mosquitto.conf");
        writeFileSync(broker.config, `${text}user ${userInfo().username}\nlog_dest stderr\nlog_type all\n`);
        broker.log = "";
        broker.process = spawn("/usr/sbin/mosquitto", ["-c", broker.config], { stdio: ["ignore", "ignore", "pipe"] });
        broker.process.stderr.on("data", (said) => { broker.log += said; });
        await until("mosquitto runs", () => {
            assert.equal(broker.process.exitCode, null, broker.log);
            return broker.log.includes(" running");
        }).catch((error) => {
            broker.process.kill("SIGKILL");
            throw error;
        });
        return broker;
    }

    as(id) {
        return ["-h", "localhost", "-p", String(this.port), "-V", "5", "-q", "1", "--cafile", join(this.certs, "ca.crt"),
            ...(id ? ["--cert", join(this.certs, `${id}.crt`), "--key", join(this.certs, `${id}.key`)] : [])];
    }

    say(id, topic, message, ...more) {
        return shell("mosquitto_pub", [...this.as(id), "-t", topic, "-m", message, ...more]);
    }

    /** What `id` hears on `topics`, as "topic message", from the moment on at which it is subscribed. */
    async listen(id, ...topics) {
        const heard = [], subscribed = () => this.log.split(`Sending SUBACK to ${id}\n`).length;
        const before = subscribed();
        const process = spawn("mosquitto_sub", [...this.as(id), ...topics.flatMap((t) => ["-t", t]), "-F", "%t %p"],
            { stdio: ["ignore", "pipe", "ignore"] });
        const ended = new Promise((resolve) => { process.once("close", resolve); });
        let rest = "";
        process.stdout.on("data", (bytes) => {
            const lines = (rest + bytes).split("\n");
            rest = lines.pop();
            heard.push(...lines);
        });
        await until(`${id} is subscribed`, () => subscribed() > before);
        return {
            heard,
            async stop() {
                process.kill("SIGTERM");
                await ended;
            },
        };
    }

    async end() {
        this.process.kill("SIGTERM");
        await until("mosquitto has ended", () => this.process.exitCode !== null || this.process.signalCode !== null);
        rmSync(this.folder, { recursive: true });
    }
}

/** The demo's hall at that broker, with the certificates that `trusting` made. */
export function secure(text, trusting, port) {
    assert.ok(existsSync(join(trusting.certs, "demo.crt")));
    return text.replace('url = "mqtt://127.0.0.1:1883"', [`url = "mqtts://localhost:${port}"`,
        ...["ca_file:ca.crt", "certificate_file:demo.crt", "key_file:demo.key"].map((pair) => {
            const [key, file] = pair.split(":");
            return `${key} = "${join(trusting.certs, file)}"`;
        })].join("\n"));
}
