// The Debian package in a fresh Debian under systemd: installed, killed, stalled, misconfigured, upgraded,
// removed, and what is left of the journal each time. HALL_SUITE names Debian's release; HALL_BUILD_DIR the
// build that the package is made of, or HALL_DEBS a folder with the two packages that tests/package/debs makes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { host, obstacle, until } from "./guest.mjs";
import { JOURNAL, packages, PackagedHall, PROBE } from "./hall.mjs";

const SUITE = process.env.HALL_SUITE ?? "bookworm";
const UNITS = ["halld", "halld-clock", "halld-kiosk", "halld-restart"].map((unit) => `${unit}.service`);
const BUILD = process.env.HALL_DEBS ? null : process.env.HALL_BUILD_DIR ?? fileURLToPath(new URL("../../build/release", import.meta.url));
const skip = obstacle(BUILD) ?? false;
const story = (name, tell) => it(name, { skip }, tell);

describe(`the package in a fresh Debian (${SUITE})`, () => {
    const folder = process.env.HALL_DEBS ?? mkdtempSync(join(tmpdir(), "hall-debs-"));
    let hall, guest;

    before(async () => {
        if (skip) return;
        hall = await PackagedHall.boot(SUITE, folder, await packages(BUILD, folder));
        guest = hall.guest;
    }, { timeout: 1_200_000 });
    after(async () => {
        await guest?.stop();
        if (!process.env.HALL_DEBS) rmSync(folder, { recursive: true });
    });

    story("asks for the libraries that its programs use", async () => {
        const depends = (await host("dpkg-deb", ["--field", join(folder, hall.debs[0]), "Depends"])).stdout;
        for (const library of ["libmodbus5", "libpaho-mqttpp3-1", "libssl3(t64)?", "libsodium23", "libsystemd0", "libsqlite3-0", "tzdata"]) {
            assert.match(depends, new RegExp(`(^|, )${library}\\b`), depends);
        }
    });

    story("installs, enables its service, and starts no hall that nobody has described", async () => {
        assert.match(await hall.install(0), /waits for \/etc\/halld\/hall\.toml/);
        assert.equal((await guest.run("systemctl is-enabled halld")).stdout.trim(), "enabled");
        assert.equal((await guest.run("systemctl is-enabled halld-kiosk")).stdout.trim(), "disabled");
        await guest.must("systemctl start halld");
        assert.equal(await guest.show("ActiveState"), "inactive");
        assert.equal(await guest.show("ConditionResult"), "no");
        assert.equal((await guest.run("systemctl is-failed halld")).stdout.trim(), "inactive");
    });

    story("brings manual pages, completion, templates and calendars", async () => {
        await guest.must("for page in man8/halld.8 man1/hallctl.1 man1/hallsim.1; do gzip --test /usr/share/man/$page.gz || exit 1; done");
        await guest.must("bash -c 'source /usr/share/bash-completion/completions/hallctl && complete -p hallctl'");
        await guest.must("test -s /usr/share/hallkeeper/devices/waveshare-io-8ch.toml");
        await guest.must("test -x /usr/share/hallkeeper/examples/broker/certificates");
        await guest.must("test -s /usr/share/hallkeeper/examples/node-red/halls.json");
        await guest.must("test -s /usr/share/doc/hallkeeper/docs/mqtt/asyncapi.json");
        const calendars = (await guest.must("ls /etc/halld/calendar")).split("\n").filter(Boolean);
        const conffiles = await guest.must("dpkg-query --show --showformat '${Conffiles}' hallkeeper");
        for (const name of calendars) assert.match(conffiles, new RegExp(`/etc/halld/calendar/${name} `));
        assert.ok(calendars.length >= 2);
    });

    story("has units without faults, and a daemon that is exposed by 1.3 at most", async (t) => {
        const verified = await guest.run(`cd /usr/lib/systemd/system && touch /usr/bin/cage && chmod +x /usr/bin/cage && systemd-analyze verify --man=no ${UNITS.join(" ")}`);
        assert.equal(verified.all, "");
        assert.equal(verified.code, 0);
        const security = await guest.run("systemd-analyze security --no-pager --offline=true --threshold=13 /usr/lib/systemd/system/halld.service");
        t.diagnostic(security.stdout.trim().split("\n").at(-1));
        assert.equal(security.code, 0, security.all);
        assert.match(security.stdout, /Overall exposure level for halld\.service: (0|1)\.\d/);
    });

    story("becomes active with a configuration and staff, reaches every board, and answers hallctl", async () => {
        await hall.enrol();
        await hall.configure();
        await hall.start();
        assert.equal(await guest.show("ActiveState"), "active");
        assert.match(await guest.must("hallctl status"), /pc1/);
        const state = await hall.state();
        assert.deepEqual(Object.entries(state.links).filter(([, link]) => link.up !== true), []);
        await guest.must("hallctl check /etc/halld/hall.toml");
        // The broker has it, too.
        await until("the broker's word that all is well", async () =>
            /"state":"online"/.test((await guest.run("mosquitto_sub -h 127.0.0.1 -C 1 -W 10 -t hall/v1/demo/status")).stdout));
    });

    story("lets members of its group ask for the hall's state, and nobody else", async () => {
        await guest.must("useradd operator1 && usermod --append --groups halld operator1 && useradd visitor1");
        assert.match(await guest.must("hallctl status", { as: "operator1" }), /pc1/);
        assert.equal((await guest.run("hallctl status", { as: "visitor1" })).code, 3);
        for (const as of ["operator1", "visitor1"]) {
            assert.notEqual((await guest.run("cat /var/lib/halld/staff.json", { as })).code, 0);
            assert.notEqual((await guest.run("ls /var/lib/halld", { as })).code, 0);
        }
    });

    story("logs to journald with a priority and without a time of its own", async () => {
        const lines = (await guest.must("journalctl --unit halld --output json --no-pager")).trim().split("\n").map((l) => JSON.parse(l));
        const ready = lines.find((l) => /ready: panel on/.test(l.MESSAGE));
        assert.equal(ready?.PRIORITY, "6");
        assert.match(ready.MESSAGE, /^hall demo ready/);
    });

    story("believes the clock as soon as somebody who may ask the kernel says so", async () => {
        const file = "/run/halld-clock/synchronised";
        await guest.must("systemctl stop halld-clock");
        await guest.must("sed -i 's/^clock = \"hardware\"/clock = \"network\"/' /etc/halld/hall.toml && systemctl restart halld");
        // halld wants its messenger; whether this machine's kernel has been told the time is its own affair.
        assert.equal((await guest.run("systemctl is-active halld-clock")).stdout.trim(), "active");
        const told = (await guest.run(`test -e ${file}`)).code === 0;
        if (!told) {
            assert.equal((await until("an answer", () => hall.state())).clock, "untrusted");
            await guest.must(`touch ${file}`);
        }
        await until("a trusted clock", async () => (await hall.state())?.clock === "trusted", () => hall.log());
    });

    story("reloads as a whole or not at all, and goes on under systemd", async () => {
        const process = await guest.show("MainPID");
        const sha = (await hall.state()).hall.config_sha256;
        await guest.must("printf '\\n[nonsense]\\n' >>/etc/halld/hall.toml");
        assert.notEqual((await guest.run("systemctl reload halld")).code, 0);
        assert.equal((await hall.state()).hall.config_sha256, sha);
        await guest.must("sed -i '/nonsense/d' /etc/halld/hall.toml && echo '# another' >>/etc/halld/hall.toml && systemctl reload halld");
        await until("the new configuration", async () => ![undefined, sha].includes((await hall.state())?.hall.config_sha256), () => hall.log());
        await until("an active service", async () => (await guest.show("ActiveState")) === "active", () => hall.log());
        assert.equal(await guest.show("MainPID"), process);
        assert.equal(await guest.show("SubState"), "running");
        await hall.ready();
    });

    story("survives kill -9: starts again, and no record is lost", async () => {
        const [process, records] = [await guest.show("MainPID"), await hall.proven()];
        await guest.must(`kill -9 ${process}`);
        await hall.anotherThan(process);
        assert.equal(await guest.show("NRestarts"), "1");
        assert.ok(await hall.proven() > records);
    });

    story("survives a loop that stands still: the watchdog ends it, and it starts again", async () => {
        const process = await guest.show("MainPID");
        await guest.must(`kill -STOP ${process}`);
        await hall.anotherThan(process);
        assert.equal((await guest.must("journalctl --unit halld --no-pager")).match(/Watchdog timeout/g)?.length, 1);
        assert.equal(await guest.show("NRestarts"), "2");
        await hall.proven();
    });

    story("refuses a broken configuration once, with the reason, and is not started again and again", async () => {
        await guest.must("cp /etc/halld/hall.toml /root/whole.toml && sed -i 's/^countdown = 3/countdown = 999/' /etc/halld/hall.toml && systemctl restart halld || true");
        await until("a failed service", async () => (await guest.show("ActiveState")) === "failed", () => hall.log());
        assert.equal(await guest.show("ExecMainStatus"), "2");
        assert.equal(await guest.show("Result"), "exit-code");
        const lines = (await guest.must("journalctl --unit halld --priority err --output cat --no-pager"));
        assert.match(lines, /^\/etc\/halld\/hall\.toml:\d+:\d+: countdown/m);
        // One that is to start again waits as "auto-restart", and never comes to be "failed".
        assert.equal(await guest.show("SubState"), "failed");
        assert.equal(await guest.show("NRestarts"), "0");
        assert.doesNotMatch(await guest.must("systemctl list-jobs"), /halld\.service/);
        await guest.must("cp /root/whole.toml /etc/halld/hall.toml && systemctl reset-failed halld");
        await hall.start();
    });

    story("confines what it starts", async () => {
        await guest.must("mkdir -p /home/somebody /run/systemd/system/halld.service.d && echo 9600 >/srv/line && chgrp dialout /srv/line && chmod 640 /srv/line");
        await guest.must("cat >/usr/local/bin/probe && chmod 755 /usr/local/bin/probe", { input: PROBE });
        await guest.must("printf '[Service]\\nExecStartPost=/usr/local/bin/probe\\n' >/run/systemd/system/halld.service.d/probe.conf && systemctl daemon-reload && systemctl restart halld");
        const could = (await guest.must("cat /var/lib/halld/probe")).trim().split("\n");
        assert.deepEqual(could, ["read serial lines can", "reach the network can", "write its configuration cannot",
            "write programs cannot", "see homes cannot", "see processes cannot", "mount cannot", "make namespaces cannot",
            "set the clock cannot"]);
        await guest.must("rm /run/systemd/system/halld.service.d/probe.conf /var/lib/halld/probe && systemctl daemon-reload && systemctl restart halld");
        await hall.ready();
    });

    story("takes its pepper from systemd's credentials, and so does hallctl", async () => {
        await guest.must("mkdir -p -m 700 /etc/credstore && mv /var/lib/halld/pepper.key /etc/credstore/halld.pepper && chown root: /etc/credstore/halld.pepper && systemctl restart halld");
        await hall.ready();
        await guest.must("hallctl staff set-pin 1001 --pin-stdin", { input: "730184\n" });
        assert.equal((await guest.run("test -e /var/lib/halld/pepper.key")).code, 1);
        const reply = await hall.confirm(0, "730184");
        assert.equal(reply.status, 200, JSON.stringify(reply.body));
        assert.equal((await hall.post("closing/cancel", {})).status, 200);
    });

    story("takes the broker's password from there, too", async () => {
        await guest.must(`mosquitto_passwd -b -c /etc/mosquitto/passwords hall open-sesame && chown mosquitto /etc/mosquitto/passwords
            printf 'listener 1883 127.0.0.1\\nallow_anonymous false\\npassword_file /etc/mosquitto/passwords\\n' >/etc/mosquitto/conf.d/hall.conf
            printf 'hall\\nopen-sesame\\n' >/etc/credstore/halld.mqtt && chmod 600 /etc/credstore/halld.mqtt
            sed -i 's|^version = "5"|&\\ncredentials_file = "/run/credentials/halld.service/mqtt"|' /etc/halld/hall.toml
            systemctl restart mosquitto && systemctl restart halld`);
        await until("the broker's word that all is well", async () =>
            /"state":"online"/.test((await guest.run("mosquitto_sub -h 127.0.0.1 -u hall -P open-sesame -C 1 -W 10 -t hall/v1/demo/status")).stdout),
        () => hall.log());
        await hall.ready();
    });

    story("closes the hall in its confinement: shuts down over ssh and curl, proves, cuts, and opens again", async () => {
        await hall.shutDownOverSsh();
        await guest.must("systemctl restart halld");
        await hall.ready();
        assert.equal((await hall.confirm(0, "730184")).status, 200);
        assert.equal((await hall.confirm(1)).status, 200);
        await until("a closed hall", async () => (await hall.state()).closing.phase === "closed", () => hall.log());
        const wires = JSON.parse(await guest.must("curl --silent http://127.0.0.1:8090/state"));
        for (let n = 1; n <= 8; ++n) assert.equal(wires[`contactor.pc${n}`], "open");
        assert.match(await guest.must("journalctl --unit ssh --no-pager"), /Accepted publickey for pc /);
        assert.equal((await hall.post("opening/open", { staff: "1002", pin: "581936" })).status, 200);
        await hall.ready();
    });

    story("is upgraded when nobody is closing the hall, and keeps configuration and journal", async () => {
        await until("an open hall", async () => (await hall.state()).closing.phase === "open");
        const [process, records] = [await guest.show("MainPID"), await hall.proven()];
        await guest.must("echo '{}' >/etc/halld/calendar/cn-2027.json; cp /etc/halld/hall.toml /root/mine.toml");
        assert.equal((await hall.confirm(1)).status, 200);
        assert.match(await hall.install(1), /starts when that has ended/);
        assert.equal(await guest.show("MainPID"), process);
        assert.equal((await hall.state()).closing.confirmations.count, 1);
        assert.equal((await hall.post("closing/cancel", {})).status, 200);
        await hall.anotherThan(process);
        assert.ok(await hall.proven() > records);
        await guest.must("cmp /etc/halld/hall.toml /root/mine.toml && test -e /etc/halld/calendar/cn-2027.json && rm /etc/halld/calendar/cn-2027.json");
    });

    story("is left stopped by an upgrade where somebody has stopped it", async () => {
        await guest.must("systemctl stop halld");
        await hall.install(1);
        assert.equal(await guest.show("ActiveState"), "inactive");
        // As root, and with nobody else there: what that leaves must still be the daemon's own, see below.
        await hall.proven();
        await hall.start();
    });

    story("keeps the journal over removal, and goes on behind its numbers when it comes back", async () => {
        const records = await hall.proven();
        await guest.must("dpkg --remove hallkeeper 2>&1");
        assert.equal((await guest.run("systemctl is-active halld")).stdout.trim(), "inactive");
        await guest.must(`test -s ${JOURNAL} && test -e /etc/halld/hall.toml`);
        await hall.install(1);
        await hall.ready();
        assert.ok(await hall.proven() > records);
    });

    story("owns all of its state, and nobody else can read it", async () => {
        assert.equal(await guest.must("find /var/lib/halld ! -user halld -o ! -group halld"), "");
        const open = await guest.must("find /var/lib/halld -mindepth 1 ! -type s -perm /077");
        assert.equal(open, "");
        assert.equal((await guest.must("stat --format '%U:%G %a' /var/lib/halld /etc/halld /var/lib/halld/halld.sock")).trim(),
            "halld:halld 710\nroot:halld 750\nhalld:halld 660");
    });

    story("leaves the journal even when it is purged, and says so", async () => {
        const said = await guest.must("dpkg --purge hallkeeper 2>&1");
        assert.match(said, /journal and staff stay in \/var\/lib\/halld/);
        await guest.must(`test -s ${JOURNAL} && test ! -e /etc/halld`);
    });
});
