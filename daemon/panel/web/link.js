// The daemon's state: pushed over a WebSocket, asked for when that is not to be had, and an honest
// word when neither is.

/** @typedef {import("./state.js").State} State */

const RETRY_MS = [500, 1000, 2000, 3000];
const POLL_MS = 2000;
/** A connection that has been silent for this long is asked whether it lives. */
const SILENCE_MS = 10000;
const ANSWER_MS = 4000;

export class Link {
    /**
     * @param {(state: State) => void} onState
     * @param {(lost: boolean) => void} onLost
     * @param {(card: string) => void} onCard a card was held to the controller's reader
     */
    constructor(onState, onLost, onCard) {
        this.onState = onState;
        this.onLost = onLost;
        this.onCard = onCard;
        this.lost = false;
        this.tries = 0;
        this.heard = 0;
        /** @type {WebSocket | null} */
        this.socket = null;
        this.asking = false;
        this.connect();
        setInterval(() => this.tend(), POLL_MS);
        window.addEventListener("online", () => this.ask());
    }

    connect() {
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        const socket = new WebSocket(`${scheme}://${location.host}/api/live`);
        this.socket = socket;
        socket.onmessage = (event) => {
            this.tries = 0;
            this.take(String(event.data));
        };
        socket.onclose = () => {
            if (this.socket !== socket) return;
            this.socket = null;
            this.ask();
            const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
            this.tries += 1;
            setTimeout(() => this.connect(), wait);
        };
    }

    /** @param {string} text */
    take(text) {
        this.heard = performance.now();
        this.setLost(false);
        const message = JSON.parse(text);
        if (typeof message.card === "string") this.onCard(message.card);
        else this.onState(message);
    }

    tend() {
        const silent = performance.now() - this.heard > SILENCE_MS;
        if (this.socket?.readyState !== WebSocket.OPEN || silent) this.ask();
    }

    async ask() {
        if (this.asking) return;
        this.asking = true;
        const asked = performance.now();
        try {
            const answer = await fetch("/api/state",
                { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
            if (!answer.ok) throw new Error(String(answer.status));
            const text = await answer.text();
            // What was pushed meanwhile is newer than this answer.
            if (this.heard <= asked) this.take(text);
        } catch {
            this.setLost(true);
        }
        this.asking = false;
    }

    /** @param {boolean} lost */
    setLost(lost) {
        if (lost === this.lost) return;
        this.lost = lost;
        this.onLost(lost);
    }
}

/**
 * An action. Status 0: nobody answered.
 * @param {string} action
 * @param {object} body
 * @returns {Promise<{status: number, body: any}>}
 */
export async function act(action, body) {
    try {
        const answer = await fetch(`/api/${action}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(body),
            cache: "no-store",
            credentials: "omit",
            referrerPolicy: "no-referrer",
            signal: AbortSignal.timeout(20000),
        });
        return { status: answer.status, body: await answer.json() };
    } catch {
        return { status: 0, body: {} };
    }
}
