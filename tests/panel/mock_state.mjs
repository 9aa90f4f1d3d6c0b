// A working day just after closing time, in the form of GET /api/state.
const IDS = ["1", "2", "3", "4", "5", "6", "7", "8"];
const WATTS = [86.4, 71.2, 93.8, 64.1, 1.4, 88.0, 79.5, 101.7];
const STATES = ["serving", "serving", "paused", "serving", "closed", "serving", "serving", "paused"];

function lampsOf(state) {
    return [
        { wanted: state === "serving" ? "on" : "off", level: state === "serving" ? "on" : "off" },
        { wanted: state === "fault" ? "blink" : state === "paused" ? "on" : "off", level: "on" },
    ];
}

export function firstState() {
    const state = {
        ts: "2026-11-24T17:35:02.123+08:00",
        clock: "trusted",
        hall: { id: "demo", name: "滕州供水客户服务大厅", locale: "zh", timezone: "Asia/Shanghai",
            version: "0.1.0", boot_id: "b", state: "online", journal: "ok", broker: "connected" },
        closing: {
            phase: "open", since: "2026-11-24T08:20:00.000+08:00", deadline: null, seconds_left: null,
            plan: { digest: "d1", attempt: 1, early: false, cut: IDS.map((n) => `pc${n}`),
                already_off: [], excepted: [], open_contacts: [], unknown_contacts: [],
                excepted_contacts: [], to_attest: [] },
            confirmations: { count: 0, needed: 2, roles: [] },
            blockers: [], to_attest: [], early: false, closes_at: "2026-11-24T17:30:00.000+08:00",
            void: null, force: null, steps: {}, ended: null, left_on: [], expires: null,
        },
        circuits: {}, windows: {}, posts: {},
        lightbox: { target: "off", actual: "off", reason: "after_closing", next_switch: null,
            override_until: null, overridden: false, permanent: false },
        contacts: {
            west_door: { name: "西门", state: "closed", sensed: true },
            east_door: { name: "东门", state: "closed", sensed: true },
            north_window: { name: "北窗", state: "closed", sensed: true },
        },
        alarms: [],
        links: { power: { up: true } },
    };
    IDS.forEach((n, i) => {
        state.windows[n] = { name: `${n}号窗口`, state: STATES[i], post: n, responsible: "none",
            lamps: lampsOf(STATES[i]) };
        state.circuits[`pc${n}`] = { name: `${n}号窗口计算机`, target: "on", actual: "on",
            pc: WATTS[i] < 5 ? "off" : "running", watts: WATTS[i], quality: "good", step: "none",
            switches: 40 + i };
        state.posts[n] = { name: `${n}号岗`, windows: [n], staffed: false, responsible: "none", present: [] };
    });
    return state;
}

/** A door that stands open, and what that means to the plan. */
export function openDoor(state, id = "west_door") {
    state.contacts[id].state = "open";
    state.closing.plan.digest += "o";
    state.closing.plan.open_contacts.push(id);
    state.closing.blockers.push({ kind: "contact_open", id,
        text: `${state.contacts[id].name}还开着，请去关好` });
}

export function shutDoor(state, id = "west_door") {
    state.contacts[id].state = "closed";
    state.closing.plan.digest += "s";
    state.closing.plan.open_contacts = state.closing.plan.open_contacts.filter((x) => x !== id);
    state.closing.blockers = state.closing.blockers.filter((b) => b.id !== id);
}

/** A window that nobody can sense: people look. */
export function unsensed(state) {
    state.contacts.south_window = { name: "南窗", state: "unknown", sensed: false };
    state.closing.plan.to_attest = ["south_window"];
    state.closing.to_attest = [{ id: "south_window", name: "南窗" }];
}

export function alarm(state, id, more = {}) {
    state.alarms.push({ id, code: "meter_silent", subject: "pc4", severity: "warning", rule: "R8",
        clause: "7.9", raised: "2026-11-24T16:12:00.000+08:00", cleared: null,
        acknowledged_by: null, text: "4号窗口计算机的电表没有应答，请检查接线。", count: 1, ...more });
}
