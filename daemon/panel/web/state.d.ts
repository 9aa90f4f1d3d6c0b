// The state as the daemon sends it: the words of the MQTT topics. Types only; a browser never
// loads this file.
export type Id = string;
export type Level = "on" | "off" | "unknown";
export type Phase = "open" | "collecting" | "countdown" | "stopping" | "cutting" | "hold"
    | "closed" | "partial" | "opening";
export type Step = "none" | "waiting" | "asked" | "cutting" | "proving" | "cut" | "held"
    | "excepted" | "failed" | "switching_on" | "on";
export type WindowWord = "closed" | "serving" | "paused" | "fault";

export interface Exception { id: Id; reason: string }
export interface Plan {
    digest: string;
    attempt: number;
    early: boolean;
    cut: Id[];
    already_off: Id[];
    excepted: Exception[];
    open_contacts: Id[];
    unknown_contacts: Id[];
    excepted_contacts: Exception[];
    to_attest: Id[];
}
export interface Blocker { kind: string; id: Id; text: string }
export interface Void { reason: string; detail: Id[]; text: string }
export interface Force { circuit: Id; deadline: string | null; seconds_left: number | null }
export interface Closing {
    phase: Phase;
    since: string;
    deadline: string | null;
    seconds_left: number | null;
    plan: Plan;
    confirmations: { count: number; needed: number; roles: string[]; names?: string[] };
    blockers: Blocker[];
    to_attest: { id: Id; name: string }[];
    early: boolean;
    closes_at: string | null;
    void: Void | null;
    force: Force | null;
    steps: Record<Id, { step: Step; seconds_left: number | null }>;
    ended: string | null;
    left_on: Id[];
    expires: string | null;
}
export interface Circuit {
    name: string;
    target: Level;
    actual: Level;
    pc: "running" | "stopping" | "off" | "unknown";
    watts: number | null;
    quality: "good" | "stale";
    step?: Step;
    window?: Id | null;
}
export interface HallWindow {
    name: string;
    state: WindowWord;
    post: string;
    responsible: string;
    lamps: { wanted: "off" | "on" | "blink"; level: Level }[];
}
/** Roles, never persons. */
export interface Post {
    name: string;
    windows: Id[];
    staffed: boolean;
    responsible: "none" | "primary" | "backup";
    present: ("primary" | "backup")[];
}
export interface Lightbox {
    target: Level;
    actual: Level;
    reason: string;
    next_switch: string | null;
    override_until: string | null;
    overridden?: boolean;
    permanent?: boolean;
}
export interface Contact { name: string; state: "closed" | "open" | "unknown"; sensed: boolean }
export interface Alarm {
    id: Id;
    code: string;
    subject: string;
    severity: "critical" | "warning" | "notice";
    raised: string;
    cleared: string | null;
    acknowledged_by: string | null;
    text: string;
    count?: number;
}
export interface State {
    ts: string;
    clock: "trusted" | "untrusted";
    hall: {
        id: string; name: string; locale: string; timezone?: string; version?: string;
        boot_id?: string; state: string; journal?: string; broker?: string;
    };
    closing: Closing;
    circuits: Record<Id, Circuit>;
    windows: Record<Id, HallWindow>;
    posts: Record<Id, Post>;
    lightbox: Lightbox | null;
    contacts: Record<Id, Contact>;
    alarms: Alarm[];
    links?: Record<Id, { up: boolean | null }>;
}
/** What a refused action answers. */
export interface Refusal {
    code?: string;
    reason?: string;
    message?: string;
    attempts_left?: number;
    seconds_left?: number;
    ids?: string | string[];
    circuit?: string;
    field?: string;
    post?: string;
    who?: "from" | "to";
    plan?: Plan;
}
