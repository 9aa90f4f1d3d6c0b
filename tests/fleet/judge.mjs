// What a consumer must be able to say of each hall's records, whatever happened to brokers meanwhile.
import { createHash } from "node:crypto";

export const NOTHING = "0".repeat(64);

/**
 * @param heard the payloads of the hall's topic `event`, in the order in which they came
 * @param journal the hall's own records, oldest first
 * @returns what is wrong, as lines; nothing when all is well
 */
export function faultsOf(heard, journal) {
    const faults = [];
    const first = new Map();
    for (const record of heard) {
        const before = first.get(record.seq);
        if (before === undefined) {
            if (record.seq !== first.size + 1) faults.push(`record ${record.seq} came when ${first.size + 1} was due`);
            first.set(record.seq, record);
        } else if (before.id !== record.id || before.hash !== record.hash) {
            faults.push(`record ${record.seq} came twice, as ${before.id} and ${record.id}`);
        }
    }
    for (const record of journal) {
        const came = first.get(record.seq);
        if (came === undefined) faults.push(`record ${record.seq} never came`);
        else if (came.id !== record.id || came.hash !== record.hash) faults.push(`record ${record.seq} is not the journal's`);
    }
    for (const [seq, record] of first) {
        if (seq > journal.length) faults.push(`record ${seq} is in no journal`);
        const prev = seq === 1 ? NOTHING : first.get(seq - 1)?.hash;
        if (prev !== undefined && record.prev !== prev) faults.push(`record ${seq} does not follow ${seq - 1}`);
    }
    return faults;
}

/** How many of them came once more than once. */
export const repeated = (heard) => heard.length - new Set(heard.map((r) => r.seq)).size;

/** The next record of a hall that keeps no more of the contract than its chain. */
export function recordAfter(last, id, type) {
    const record = { seq: (last?.seq ?? 0) + 1, id, type, prev: last?.hash ?? NOTHING };
    return { ...record, hash: createHash("sha256").update(JSON.stringify(record)).digest("hex") };
}
