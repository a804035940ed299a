/** The range of time shown, as the address holds it: `?hours=24`, and `&until=<epoch ms>` for one that has ended. Pure. */

import { HOUR_MS } from "./counts";

export interface Range {
  hours: number;
  /** The end; null: now. */
  untilMs: number | null;
}

const DAY = 24;

/** Lengths offered, in hours: those within the retention, and all of it. */
export function presetsOf(historyDays: number): number[] {
  const all = Math.max(1, Math.floor(historyDays * DAY));
  return [...[DAY, 3 * DAY, 7 * DAY, 30 * DAY].filter((hours) => hours < all), all];
}

export function rangeOf(search: URLSearchParams): Range {
  const hours = Number(search.get("hours"));
  const untilMs = Number(search.get("until"));
  return {
    hours: Number.isInteger(hours) && hours >= 1 && hours <= 366 * DAY ? hours : DAY,
    untilMs: Number.isInteger(untilMs) && untilMs > 0 ? untilMs : null,
  };
}

/** The range between two instants, in whole hours that hold both; null if it is none. */
export function rangeBetween(fromMs: number, toMs: number): Range | null {
  if (!(fromMs < toMs)) return null;
  const first = Math.floor(fromMs / HOUR_MS);
  const last = Math.ceil(toMs / HOUR_MS);
  return { hours: last - first, untilMs: last * HOUR_MS - 1 };
}

/** The instants at its ends; the hour that runs counts whole. */
export function endsOf(range: Range, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = range.untilMs ?? nowMs;
  return { fromMs: (Math.floor(toMs / HOUR_MS) - range.hours + 1) * HOUR_MS, toMs };
}
