// A made-up controller: serves the page's folder and a scripted /api, and does nothing by itself.
// What happens next is always the test's word, so nothing depends on time.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { firstState } from "./mock_state.mjs";

const WEB = fileURLToPath(new URL("../../daemon/panel/web/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
/** The same as the daemon sends: what breaks the policy must break here, too. */
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    + "object-src 'none'";

export const STAFF = [
    { staff: "1001", name: "张三", pin: "246810", card: "0012345678" },
    { staff: "1002", name: "李四", pin: "135791", card: "0087654321" },
    { staff: "1003", name: "王五", pin: "112358", card: "0055555555" },
];

function frame(text) {
    const payload = Buffer.from(text);
    const head = payload.length < 126 ? Buffer.from([0x81, payload.length])
        : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]);
    if (payload.length > 65535) throw new Error("state too large for this mock");
    return Buffer.concat([head, payload]);
}

export class Mock {
    constructor() {
        this.state = firstState();
        /** What was asked: [action, body]. */
        this.asked = [];
        /** Answers that replace the usual ones, by action. */
        this.answers = {};
        this.first = null;
        this.sockets = new Set();
        this.connections = new Set();
        this.live = true;
        this.states = 0;
    }

    async start(port = 0) {
        this.server = createServer((request, response) => {
            this.serve(request, response).catch((error) => {
                response.statusCode = 500;
                response.end(String(error));
            });
        });
        this.server.on("connection", (socket) => {
            this.connections.add(socket);
            socket.on("close", () => this.connections.delete(socket));
        });
        this.server.on("upgrade", (request, socket) => this.upgrade(request, socket));
        await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}/`;
        return this;
    }

    /** As if the daemon died. start(port) brings it back. */
    async stop() {
        for (const socket of this.connections) socket.destroy();
        await new Promise((resolve) => this.server.close(resolve));
    }

    upgrade(request, socket) {
        socket.on("error", () => {});
        if (!this.live) return socket.destroy();
        const accept = createHash("sha1")
            .update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
            .digest("base64");
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
        socket.write(frame(JSON.stringify(this.state)));
        this.sockets.add(socket);
        socket.on("close", () => this.sockets.delete(socket));
        socket.on("data", () => {});
    }

    /** Changes the hall, and tells all who watch. */
    set(change) {
        change(this.state);
        const text = frame(JSON.stringify(this.state));
        for (const socket of this.sockets) socket.write(text);
    }

    /** A card was held to the controller's reader. */
    card(number) {
        for (const socket of this.sockets) socket.write(frame(JSON.stringify({ card: number })));
    }

    async serve(request, response) {
        const path = new URL(request.url, "http://x").pathname;
        if (path === "/api/state") {
            this.states += 1;
            response.setHeader("Content-Type", "application/json");
            return response.end(JSON.stringify(this.state));
        }
        if (path.startsWith("/api/")) {
            let text = "";
            for await (const chunk of request) text += chunk;
            const action = path.slice(5);
            const body = JSON.parse(text);
            this.asked.push([action, body]);
            const answer = await (this.answers[action] ?? this.usual)?.call(this, body, action);
            response.statusCode = answer.status;
            response.setHeader("Content-Type", "application/json");
            return response.end(JSON.stringify(answer.body));
        }
        const file = join(WEB, normalize(path === "/" ? "/index.html" : path));
        const body = await readFile(file).catch(() => null);
        if (!body) {
            response.statusCode = 404;
            return response.end();
        }
        response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
        response.setHeader("Content-Security-Policy", POLICY);
        response.end(body);
    }

    refuse(status, code, message, more = {}) {
        return { status, body: { result: "rejected", code, reason: code, message, ...more } };
    }

    /** A daemon's usual answers, as far as the page can tell. */
    usual(body, action) {
        const anonymous = action === "closing/cancel" || action === "window/set";
        const person = STAFF.find((s) => (s.staff === body.staff || s.card === body.card));
        if (!anonymous && (!person || person.pin !== body.pin))
            return this.refuse(401, "wrong_credential", "工号（卡）或密码不对，还可以试 4 次。", { attempts_left: 4 });
        const answer = this[action.replace(/\W/g, "_")]?.(body, person);
        if (answer) return answer;
        this.set(() => {});
        const who = person && { staff: person.staff, name: person.name };
        return { status: 200, body: { ...this.state, ...(who && { person: who }) } };
    }

    closing_confirm(body, person) {
        const { closing } = this.state;
        if (body.plan !== closing.plan.digest)
            return this.refuse(409, "plan_unknown", "画面已过时，请重新看一遍再确认。", { plan: closing.plan });
        const missing = closing.to_attest.map((a) => a.id).filter((id) => !body.attest.includes(id));
        if (missing.length > 0)
            return this.refuse(409, "attest_missing", "请先查看并勾选。", { ids: missing.join(",") });
        if (closing.phase === "open" || closing.phase === "closed" || closing.phase === "partial") {
            for (const e of body.except ?? []) this.except(e);
            closing.phase = "collecting";
            closing.seconds_left = 60;
            closing.confirmations = { count: 1, needed: 2, roles: ["first"] };
            closing.void = null;
            this.first = person.staff;
            return undefined;
        }
        if (this.first === person.staff)
            return this.refuse(409, "same_person", "这是同一个人。要另一位同事来确认。");
        closing.phase = "countdown";
        closing.seconds_left = 3;
        closing.confirmations = { count: 2, needed: 2, roles: ["first", "second"] };
        return undefined;
    }

    except(e) {
        const { plan, blockers } = this.state.closing;
        plan.digest = `${plan.digest}x`;
        if (plan.cut.includes(e.id)) {
            plan.cut = plan.cut.filter((id) => id !== e.id);
            plan.excepted.push(e);
        } else {
            plan.open_contacts = plan.open_contacts.filter((id) => id !== e.id);
            plan.unknown_contacts = plan.unknown_contacts.filter((id) => id !== e.id);
            plan.excepted_contacts.push(e);
            this.state.closing.blockers = blockers.filter((b) => b.id !== e.id);
        }
    }

    closing_cancel() {
        const { closing, circuits } = this.state;
        const reason = { reason: "cancelled", detail: [], text: "关厅已取消，什么都没有断电。" };
        const cut = Object.values(circuits).some((c) => c.actual === "off");
        if (["stopping", "cutting", "hold"].includes(closing.phase) && cut) {
            closing.void = { ...reason, text: "" };
            return this.ended("partial", Object.keys(circuits).filter((id) => circuits[id].actual === "on"));
        }
        closing.phase = "open";
        closing.seconds_left = null;
        closing.steps = {};
        closing.plan.digest += "c";
        closing.void = reason;
        return undefined;
    }

    opening_open() {
        this.state.closing.phase = "opening";
        for (const id of Object.keys(this.state.circuits))
            this.state.closing.steps[id] = { step: "waiting", seconds_left: null };
    }

    window_set(body) {
        this.state.windows[body.window].state = body.state;
    }

    post_sign_in(body, person) {
        if (person.staff !== "1001")
            return this.refuse(403, "not_of_post", "你不是3号岗的A角或B角。", { post: body.post });
        Object.assign(this.state.posts[body.post], { responsible: "primary", present: ["primary"] });
    }

    post_handover(body) {
        if (!STAFF.some((s) => s.staff === body.to.staff && s.pin === body.to.pin))
            return this.refuse(401, "wrong_credential", "工号（卡）或密码不对，还可以试 4 次。", { attempts_left: 4, who: "to" });
        Object.assign(this.state.posts[body.post], { responsible: "backup", present: ["backup"] });
    }

    alarm_acknowledge(body) {
        this.state.alarms.find((a) => a.id === body.alarm).acknowledged_by = "1001";
    }

    // --- what the plant does, in the test's words
    step(ids, step, secondsLeft = null) {
        this.set((s) => {
            for (const id of [ids].flat()) {
                s.closing.steps[id] = { step, seconds_left: secondsLeft };
                if (step === "cut") Object.assign(s.circuits[id], { actual: "off", pc: "off", watts: 0 });
                if (step === "asked") s.circuits[id].pc = "stopping";
            }
        });
    }

    phase(phase, change = () => {}) {
        this.set((s) => {
            s.closing.phase = phase;
            s.closing.seconds_left = null;
            change(s);
        });
    }

    ended(phase = "closed", leftOn = []) {
        this.phase(phase, (s) => {
            s.closing.ended = "2026-11-24T17:36:21.000+08:00";
            s.closing.left_on = leftOn;
            s.closing.plan.cut = leftOn;
            s.closing.steps = {};
            s.lightbox.actual = s.lightbox.target = "on";
            s.lightbox.next_switch = "2026-11-25T06:00:00.000+08:00";
        });
    }
}
