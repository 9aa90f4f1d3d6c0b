// The package's hall in a guest: mosquitto and hallsim stand beside it, as broker and as the wires.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Guest, host, until } from "./guest.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const STAFF = [["1001", "904417"], ["1002", "581936"]];
export const JOURNAL = "/var/lib/halld/journal.db";
/** Runs in the service's place, as a program that shuts a PC down does, and writes down what it could do. */
export const PROBE = `#!/bin/sh
exec >/var/lib/halld/probe 2>&1
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name can"; else echo "$name cannot"; fi; }
try "read serial lines" cat /srv/line
try "reach the network" curl --silent http://127.0.0.1:8080/healthz
try "write its configuration" touch /etc/halld/hall.toml
try "write programs" touch /usr/bin/hallctl
try "see homes" ls /home/somebody
try "see processes" test -e /proc/1/status
try "mount" mount -t tmpfs none /mnt
try "make namespaces" unshare --user true
try "set the clock" date --set=@0
`;

/** The two packages that FOLDER/1 and FOLDER/2 hold; made out of a build first, unless they are there already. */
export async function packages(build, folder) {
    if (build) {
        const made = await host(join(HERE, "debs"), [build, folder]);
        assert.equal(made.code, 0, made.all);
    }
    return ["1", "2"].map((n) => {
        const [deb] = readdirSync(join(folder, n)).filter((name) => name.endsWith(".deb"));
        return join(n, deb);
    });
}

export class PackagedHall {
    /** @param {string} suite of Debian  @param {string} folder of the two packages  @param {string[]} debs in it */
    static async boot(suite, folder, debs) {
        const hall = new PackagedHall();
        const root = await host(join(HERE, "root"), [suite, join(folder, debs[0])], { timeout: 900_000 });
        assert.equal(root.code, 0, root.all);
        hall.debs = debs;
        hall.guest = await Guest.boot(root.stdout.trim(), { "/mnt": folder });
        return hall;
    }

    install(n) {
        return this.guest.must(`dpkg --install /mnt/${this.debs[n]} 2>&1`);
    }

    async enrol() {
        for (const [number, pin] of STAFF) {
            await this.guest.must(`hallctl staff add ${number} --name "Person ${number}" --pin-stdin`, { input: `${pin}\n` });
        }
    }

    /** The demo's hall, with hallsim on its wires. */
    async configure() {
        await this.guest.must(`
            sed 's|"var/field.pty"|"/run/hallsim/field.pty"|' /usr/share/hallkeeper/examples/demo.toml >/etc/halld/hall.toml
            grep -q /run/hallsim /etc/halld/hall.toml
            systemctl start mosquitto
            systemd-run --quiet --unit=hallsim --property=User=halld --property=RuntimeDirectory=hallsim \
                hallsim --config /etc/halld/hall.toml`);
    }

    /** The first PC is shut down over ssh, with a key that only systemd's credentials hold. */
    async shutDownOverSsh() {
        const shutdown = `curl --silent --data '{\\"pc.pc1\\": \\"shutdown\\"}' http://127.0.0.1:8090/set`;
        await this.guest.must(`
            mkdir -p -m 700 /etc/credstore && useradd --create-home pc && mkdir -m 700 ~pc/.ssh
            ssh-keygen -q -t ed25519 -N '' -f /etc/credstore/halld.ssh-key
            { printf '%s ' 'command="${shutdown.replaceAll("'", "'\\''")}"'; cat /etc/credstore/halld.ssh-key.pub; } >~pc/.ssh/authorized_keys
            chown -R pc ~pc/.ssh && rm /etc/credstore/halld.ssh-key.pub
            sed 's/^/127.0.0.1 /' /etc/ssh/ssh_host_ed25519_key.pub >/etc/halld/known_hosts
            systemctl start ssh`);
        const words = ["/usr/bin/ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=/etc/halld/known_hosts",
            "-i", "/run/credentials/halld.service/ssh-key", "pc@127.0.0.1", "shutdown"];
        const text = await this.guest.must("cat /etc/halld/hall.toml");
        const changed = text.replace(/command = \[.*?\]/, `command = ${JSON.stringify(words)}`);
        assert.notEqual(changed, text);
        await this.guest.must("cat >/etc/halld/hall.toml", { input: changed });
    }

    async start() {
        await this.guest.must("systemctl start halld");
        await this.ready();
    }

    /** What the panel shows; null when nobody answers. */
    async state() {
        const said = await this.guest.run("curl --silent --max-time 5 http://127.0.0.1:8080/api/state");
        return said.code === 0 ? JSON.parse(said.stdout) : null;
    }

    /** All eight PCs run and are seen to, over TCP and over the serial line; nothing is under way. */
    ready() {
        return until("an open hall with eight running PCs", async () => {
            const state = await this.state();
            return state?.closing.phase === "open"
                && Object.values(state.circuits).every((c) => c.actual === "on" && c.pc === "running") && state;
        }, async () => JSON.stringify(await this.state()) + (await this.log()));
    }

    async post(action, body) {
        const said = await this.guest.must("curl --silent --max-time 20 --write-out '\\n%{http_code}' --header 'Content-Type: application/json'"
            + ` --data @- http://127.0.0.1:8080/api/${action}`, { input: JSON.stringify(body) });
        const [text, status] = said.split(/\n(?=\d+$)/);
        return { status: Number(status), body: JSON.parse(text) };
    }

    async confirm(person, pin = STAFF[person][1]) {
        const plan = (await this.state()).closing.plan.digest;
        return this.post("closing/confirm", { staff: STAFF[person][0], pin, plan });
    }

    async log() {
        return (await this.guest.run("journalctl --no-pager --unit halld --lines 40")).stdout;
    }

    /** The journal's records, oldest first. */
    async records() {
        return JSON.parse(await this.guest.must("hallctl audit show --from 1 --json"));
    }

    /** The journal holds from its first record on, without a gap; returns how many there are. */
    async proven() {
        await this.guest.must("hallctl audit verify");
        const numbers = (await this.records()).map((r) => r.seq);
        assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
        return numbers.length;
    }

    /** The service has another process than `before`, and is ready. */
    async anotherThan(before) {
        await until("another process of halld", async () =>
            !["0", before].includes(await this.guest.show("MainPID")) && (await this.guest.show("ActiveState")) === "active",
        () => this.log());
        await this.ready();
    }
}
