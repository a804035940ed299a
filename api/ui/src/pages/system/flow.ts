/** How fast work flows, from two or more looks at the processes' own counters. Pure. */

import type { Status } from "../../api/system";

interface Beat {
  atMs: number;
  counters: Readonly<Record<string, number>>;
}

export interface Flow {
  /** By process, oldest first, of the last `WINDOW_MS`. */
  readonly beats: ReadonlyMap<string, readonly Beat[]>;
  /** Events a second at each look. */
  readonly history: readonly { readonly atMs: number; readonly eventsPerS: number }[];
}

export const EMPTY_FLOW: Flow = { beats: new Map(), history: [] };
/** Processes report each 2 s; a rate over several reports does not jump with each. */
const WINDOW_MS = 15_000;
const HISTORY = 120;

type Process = Status["processes"][number];

export function processKey({ component, pid, host }: Pick<Process, "component" | "pid" | "host">): string {
  return `${component}:${pid}@${host}`;
}

/** Take up a look; processes that are gone are forgotten. */
export function withStatus(flow: Flow, status: Pick<Status, "at_ms" | "processes">): Flow {
  const beats = new Map<string, readonly Beat[]>();
  for (const process of status.processes) {
    const key = processKey(process);
    const known = flow.beats.get(key) ?? [];
    const last = known[known.length - 1];
    const all =
      last && last.atMs >= process.at_ms ? known : [...known, { atMs: process.at_ms, counters: process.counters }];
    const newest = all[all.length - 1]?.atMs ?? 0;
    beats.set(
      key,
      all.filter((beat) => newest - beat.atMs <= WINDOW_MS),
    );
  }
  const next = { beats, history: flow.history };
  const eventsPerS = perSecond(next, "evaluator", "events");
  if (eventsPerS === null || flow.history[flow.history.length - 1]?.atMs === status.at_ms) return next;
  return { beats, history: [...flow.history, { atMs: status.at_ms, eventsPerS }].slice(-HISTORY) };
}

/** A counter's growth a second, over all processes whose component begins so; null if it cannot be told yet. */
export function perSecond(flow: Flow, component: string, counter: string): number | null {
  let sum = 0;
  let isKnown = false;
  for (const [key, beats] of flow.beats) {
    if (!key.startsWith(component)) continue;
    const one = rateOf(beats, counter);
    if (one === null) continue;
    isKnown = true;
    sum += one;
  }
  return isKnown ? sum : null;
}

/** The same of one process. */
export function processPerSecond(flow: Flow, process: Process, counter: string): number | null {
  return rateOf(flow.beats.get(processKey(process)) ?? [], counter);
}

function rateOf(beats: readonly Beat[], counter: string): number | null {
  const first = beats[0];
  const last = beats[beats.length - 1];
  if (!first || !last || last.atMs <= first.atMs) return null;
  const grown = (last.counters[counter] ?? 0) - (first.counters[counter] ?? 0);
  return Math.max(0, (grown * 1_000) / (last.atMs - first.atMs));
}
