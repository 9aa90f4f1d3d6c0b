// Which topics of a hall can be mapped, and what is in them: docs/mqtt/schemas as a table, since a desk has no docs.
// A type with ? may be null or missing. `kept`: retained, so that it is what the hall *is*; else something that was.
const both = { ts: "time", clock: "text" };
const closing = {
    phase: "text", since: "time", deadline: "time?", plan: "object", "plan.digest": "text", "plan.attempt": "number",
    "plan.early": "flag", "plan.cut": "list", "plan.already_off": "list", "plan.excepted": "list",
    "plan.open_contacts": "list", "plan.unknown_contacts": "list", "plan.excepted_contacts": "list",
    "plan.to_attest": "list", confirmations: "object", "confirmations.count": "number",
    "confirmations.needed": "number", "confirmations.roles": "list", "confirmations.names": "list?", blockers: "list",
    to_attest: "list", early: "flag", closes_at: "time?", void: "object?", "void.reason": "text?",
    "void.detail": "list?", "void.text": "text?", force: "object?", "force.circuit": "text?",
    "force.deadline": "time?", ended: "time?", left_on: "list", expires: "time?",
};
const table = {
    status: [true, { state: "text", boot_id: "text", version: "text", config_sha256: "text" }],
    closing: [true, closing],
    "circuit/{id}": [true, {
        name: "text", target: "text", actual: "text", pc: "text", watts: "number?", quality: "text", step: "text",
        switches: "number",
    }],
    "window/{id}": [true, { name: "text", state: "text", post: "text", responsible: "text", lamps: "list" }],
    lightbox: [true, {
        target: "text", actual: "text", reason: "text", next_switch: "time?", override_until: "time?",
        overridden: "flag", permanent: "flag",
    }],
    "contact/{id}": [true, { name: "text", state: "text", sensed: "flag" }],
    "alarm/{id}": [true, {
        id: "text", code: "text", subject: "text", severity: "text", rule: "text", clause: "text", raised: "time",
        raised_clock: "text", cleared: "time?", acknowledged_by: "text?", text: "text", count: "number",
    }],
    event: [false, {
        seq: "number", id: "text", type: "text", rule: "text", actors: "list", outcome: "text", detail: "object",
        state: "text?", prev: "text", hash: "text",
    }],
    attendance: [false, {
        id: "text", seq: "number", fact: "text", person: "text", post: "text", role: "text?", direction: "text?",
        how: "text?", late: "flag?", early_target_met: "flag?", left_early: "flag?", of: "text?", count: "number?",
        month: "text?",
    }],
};

/** What the hall says. */
const SAID = Object.fromEntries(Object.entries(table).map(([from, [kept, fields]]) =>
    [from, { kept, fields: { ...fields, ...both } }]));

/** With what follows from it: `standing` until an alarm is cleared or removed; `alarms` sums a hall's alarms up. */
const KINDS = structuredClone(SAID);
Object.assign(KINDS["alarm/{id}"].fields, { standing: "flag", acknowledged: "flag" });
KINDS.alarms = { kept: true, fields: { standing: "number", critical: "number", codes: "list" } };

module.exports = { SAID, KINDS };
