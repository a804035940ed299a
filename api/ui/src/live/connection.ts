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
  /** How long the socket may say nothing before it is taken for dead, ms. */
  silentAfterMs: number;
  /** Tries since it was last live. */
  attempt: number;
}

export type Happening =
  /** `beatMs`: at most so long after the last word, the relay says another; relays of older releases say nothing of it. */
  | { type: "hello"; id: string; atMs: number; beatMs?: number | undefined }
  | { type: "heard"; id?: string; atMs: number }
  /** The relay is there, but cut off from its source. */
  | { type: "relayStale"; atMs: number }
  | { type: "closed"; atMs: number }
  | { type: "tick"; atMs: number };

/** Without news for this long, what is shown may be old and says so. */
export const STALE_AFTER_MS = 10_000;
/** A relay that does not say how often it speaks does so every 20 s; twice that and a little, and the line is dead. */
export const SILENT_AFTER_MS = 45_000;

export function begin(atMs: number): Connection {
  return {
    phase: "connecting",
    lastId: "",
    currentAtMs: atMs,
    heardAtMs: atMs,
    silentAfterMs: SILENT_AFTER_MS,
    attempt: 0,
  };
}

export function next(state: Connection, happening: Happening): Connection {
  const { atMs } = happening;
  switch (happening.type) {
    case "hello":
    case "heard":
      return {
        ...state,
        ...(happening.type === "hello" ? { silentAfterMs: silenceOf(happening.beatMs) } : {}),
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

/** Whether a socket that was opened at *openedAtMs* has said nothing for too long. */
export function isSilent(state: Connection, openedAtMs: number, atMs: number): boolean {
  return atMs - Math.max(state.heardAtMs, openedAtMs) > state.silentAfterMs;
}

/** Two words missed and a little: with a look each second, what stands still is noticed within ten seconds. */
function silenceOf(beatMs: number | undefined): number {
  return beatMs ? 2 * beatMs + 500 : SILENT_AFTER_MS;
}

/** How long to wait before the next try; *chance* in 0..1 spreads many browsers out. */
export function delayMs(state: Connection, chance: number): number {
  return Math.min(10_000, 300 * 2 ** Math.min(state.attempt, 5)) * (0.5 + chance / 2);
}

function isOld(state: Connection, atMs: number): boolean {
  return atMs - state.currentAtMs > STALE_AFTER_MS;
}
