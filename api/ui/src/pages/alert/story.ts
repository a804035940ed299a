/** An alert's story as it is told: lines in order, repeated ones folded, the time its chart shows; pure. */

import type { Alert, TimelineEntry } from "../../api/types";

export type Tone = "bad" | "good" | "warn" | "plain";

export interface Line extends TimelineEntry {
  /** How many in a row said the same; `at_ms` is the first's, `last_at_ms` the last's. */
  count: number;
  last_at_ms: number;
  tone: Tone;
}

const TONES: Record<string, Tone> = {
  firing: "bad",
  reopened: "bad",
  announced: "bad",
  escalated: "bad",
  resolved: "good",
  acknowledged: "good",
  "notification.sent": "good",
  "notification.delivered": "good",
  "notification.failed": "warn",
  "notification.dead": "bad",
  "notification.undelivered": "bad",
  pending: "warn",
  suppressed: "warn",
  reminded: "warn",
};

/** The lines by time; attempts at one channel that failed alike in a row are one line. */
export function linesOf(timeline: readonly TimelineEntry[]): Line[] {
  const lines: Line[] = [];
  // Sorting keeps the order of what was written at the same instant.
  for (const entry of [...timeline].sort((a, b) => a.at_ms - b.at_ms)) {
    const last = lines.at(-1);
    if (
      last &&
      entry.kind === "notification.failed" &&
      last.kind === entry.kind &&
      last.channel === entry.channel &&
      last.reason === entry.reason
    ) {
      last.count += 1;
      last.last_at_ms = entry.at_ms;
      continue;
    }
    lines.push({ ...entry, count: 1, last_at_ms: entry.at_ms, tone: TONES[entry.kind] ?? "plain" });
  }
  return lines;
}

const LEAST_MS = 10 * 60_000;
const STEP_MS = 15_000;

/** What the chart shows: the event, and as long again around it, ten minutes at least. */
export function rangeOf(alert: Alert, nowMs: number): { since_ms: number; until_ms: number } {
  const isOpen = alert.state !== "resolved";
  const end = isOpen ? nowMs : alert.resolved_at_ms;
  const margin = Math.max(LEAST_MS, (end - alert.started_at_ms) / 2);
  const until = isOpen ? nowMs : Math.min(nowMs, end + margin);
  // In steps, so that the question stays the same for a while.
  return {
    since_ms: Math.max(0, Math.floor((alert.started_at_ms - margin) / STEP_MS) * STEP_MS),
    until_ms: Math.ceil(until / STEP_MS) * STEP_MS,
  };
}
