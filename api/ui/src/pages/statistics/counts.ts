/** What the hours of `GET /statistics` make: bars of a few hours each, the week's heat map. In the reader's zone. Pure. */

import type { Statistics } from "../../api/system";
import type { Severity } from "../../api/types";

type Hour = Statistics["by_hour"][number];

export const HOUR_MS = 3_600_000;

export interface Bar {
  fromMs: number;
  untilMs: number;
  fired: number;
  bySeverity: Partial<Record<Severity, number>>;
}

/** The number of hours a bar stands for, so that at most *room* bars are drawn and each begins at a round hour. */
export function hoursABar(hours: number, room: number): number {
  return [1, 2, 3, 6, 12].find((step) => hours / step <= room) ?? 24;
}

/** Add hours up to bars of *step* hours of the reader's day. */
export function barsOf(hours: readonly Hour[], step: number): Bar[] {
  const bars: Bar[] = [];
  let current = "";
  for (const hour of hours) {
    const at = new Date(hour.hour_at_ms);
    const slot = `${at.getFullYear()}-${at.getMonth()}-${at.getDate()} ${Math.floor(at.getHours() / step)}`;
    let bar = bars[bars.length - 1];
    if (slot !== current || !bar) {
      current = slot;
      bar = { fromMs: hour.hour_at_ms, untilMs: 0, fired: 0, bySeverity: {} };
      bars.push(bar);
    }
    bar.untilMs = hour.hour_at_ms + HOUR_MS;
    bar.fired += hour.fired;
    for (const [severity, count] of Object.entries(hour.by_severity)) {
      const name = severity as Severity;
      bar.bySeverity[name] = (bar.bySeverity[name] ?? 0) + count;
    }
  }
  return bars;
}

/** Firings by weekday (Monday first) and hour of the day. */
export function heatOf(hours: readonly Hour[]): number[][] {
  const heat = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  for (const hour of hours) {
    const at = new Date(hour.hour_at_ms);
    const day = heat[(at.getDay() + 6) % 7];
    if (day) day[at.getHours()] = (day[at.getHours()] ?? 0) + hour.fired;
  }
  return heat;
}

/** Round numbers for an axis from 0, the last at or above *highest*. */
export function ticksTo(highest: number): number[] {
  const rough = Math.max(1, highest) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough) ?? rough);
  return Array.from({ length: Math.ceil(Math.max(1, highest) / step) + 1 }, (_, at) => at * step);
}
