// Node-RED as a desk has it: with the files of config/node-red, in a folder of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, until } from "./support.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const SHIPPED = join(ROOT, "config/node-red");

export class Desk {
    static async start(environment) {
        const desk = new Desk();
        desk.folder = mkdtempSync(join(tmpdir(), "hall-node-red-"));
        desk.port = await freePorts();
        desk.url = `http://127.0.0.1:${desk.port}/halls`;
        desk.log = "";
        const program = join(ROOT, "tests/node-red/node_modules/node-red/red.js");
        const { HOME, PATH } = process.env;
        desk.process = spawn(process.execPath, [program, "-u", desk.folder, "-s", join(SHIPPED, "settings.js"),
            join(SHIPPED, "halls.json")], {
            env: { HOME, PATH, HALL_DESK_PORT: String(desk.port), ...environment }, stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [desk.process.stdout, desk.process.stderr])
            stream.on("data", (said) => { desk.log += said; });
        await until("Node-RED answers", async () => {
            assert.equal(desk.process.exitCode, null, desk.log);
            return desk.log.includes("Started flows") && await fetch(desk.url).catch(() => null);
        }).catch((error) => {
            desk.process.kill("SIGKILL");
            throw error;
        });
        return desk;
    }

    async state(hall = "demo") {
        return (await fetch(`${this.url}/state?hall=${hall}`)).json();
    }

    online() {
        return until("the hall is online", async () => (await this.state()).halls.some((h) => h.state === "online"));
    }

    post(body, headers = { "Content-Type": "application/json" }) {
        return fetch(`${this.url}/command`, { method: "POST", headers, body: JSON.stringify(body) });
    }

    async end() {
        this.process.kill("SIGTERM");
        await until("Node-RED has ended", () => this.process.exitCode !== null || this.process.signalCode !== null);
        rmSync(this.folder, { recursive: true });
        // There are no credentials to encrypt.
        const said = this.log.replace(/.*\[warn\] Using unencrypted credentials\n/, "");
        assert.doesNotMatch(said, /\[(error|warn|fatal)\]|^Error|    at /m);
    }
}
