/** The state of the live connection; pure. `socket.ts` makes it happen, the shell shows it. */

export type Phase = "connecting" | "live" | "reconnecting" | "stale";

export interface Connection {
  phase: Phase;
  /** Id of the newest feed entry seen; where to go on from. Empty: none yet. */
  lastId: string;
  /** The last instant at which what is shown was known to be current, epoch ms. */
  currentAtMs: number;
  /** When the socket last said anything, epoch ms. */
  heardAtMs: number;
  /** Tries since it was last live. */
  attempt: number;
}

export type Happening =
  | { type: "hello"; id: string; atMs: number }
  | { type: "heard"; id?: string; atMs: number }
  /** The relay is there, but cut off from its source. */
  | { type: "relayStale"; atMs: number }
  | { type: "closed"; atMs: number }
  | { type: "tick"; atMs: number };

/** Without news for this long, what is shown may be old and says so. */
export const STALE_AFTER_MS = 10_000;
/** The relay speaks every 20 s at least; twice that and a little without a word, and the line is dead. */
export const SILENT_AFTER_MS = 45_000;

export function begin(atMs: number): Connection {
  return { phase: "connecting", lastId: "", currentAtMs: atMs, heardAtMs: atMs, attempt: 0 };
}

export function next(state: Connection, happening: Happening): Connection {
  const { atMs } = happening;
  switch (happening.type) {
    case "hello":
    case "heard":
      return {
        phase: "live",
        lastId: happening.id || state.lastId,
        currentAtMs: atMs,
        heardAtMs: atMs,
        attempt: 0,
      };
    case "relayStale":
      return { ...state, phase: "stale", heardAtMs: atMs };
    case "closed": {
      const phase = isOld(state, atMs) || state.phase === "stale" ? "stale" : "reconnecting";
      return { ...state, phase, attempt: state.attempt + 1 };
    }
    case "tick":
      return state.phase !== "live" && state.phase !== "stale" && isOld(state, atMs)
        ? { ...state, phase: "stale" }
        : state;
  }
}

export function isSilent(state: Connection, atMs: number): boolean {
  return atMs - state.heardAtMs > SILENT_AFTER_MS;
}

/** How long to wait before the next try; *chance* in 0..1 spreads many browsers out. */
export function delayMs(state: Connection, chance: number): number {
  return Math.min(10_000, 300 * 2 ** Math.min(state.attempt, 5)) * (0.5 + chance / 2);
}

function isOld(state: Connection, atMs: number): boolean {
  return atMs - state.currentAtMs > STALE_AFTER_MS;
}
