/** What is shown, as the address holds it: a plugin's metric with a limit, or alerting of one team, rule or plugin. Pure. */

import { unitOf } from "../../format/units";

export type Of = "teams" | "rules" | "plugins";
export const OFS: readonly Of[] = ["teams", "rules", "plugins"];
export const MONTHS = [3, 6, 13, 25] as const;

export interface MetricChoice {
  plugin: string | null;
  metric: string | null;
  /** What the metric must not reach; null: nothing. */
  limit: number | null;
  direction: "rising" | "falling";
}

export interface AlertingChoice {
  months: number;
  of: Of;
  /** Whose months are shown; null: those of all together. "" is a team: alerts without the label. */
  name: string | null;
}

export const VIEWS = ["metric", "alerting", "report"] as const;
export type View = (typeof VIEWS)[number];

export function viewOf(search: URLSearchParams): View {
  return VIEWS.find((one) => one === search.get("view")) ?? "metric";
}

/** The last months, the current one first, as `YYYY-MM`. */
export function lastMonths(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, before) => {
    const month = new Date(now.getFullYear(), now.getMonth() - before, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, "0")}`;
  });
}

/** The month whose report is shown; null: the last one that is over. */
export function monthChoice(search: URLSearchParams): string | null {
  const given = search.get("month");
  return given !== null && /^20\d\d-(0[1-9]|1[0-2])$/.test(given) ? given : null;
}

export function metricChoice(search: URLSearchParams): MetricChoice {
  const metric = search.get("metric") || null;
  const given = search.get("limit");
  const limit = given === null ? usualLimit(metric) : given.trim() === "" ? null : Number(given);
  return {
    plugin: search.get("plugin") || null,
    metric,
    limit: limit !== null && Number.isFinite(limit) ? limit : null,
    direction: search.get("direction") === "falling" ? "falling" : "rising",
  };
}

/** Percentages end at 100; of others nobody knows. */
export function usualLimit(metric: string | null): number | null {
  return metric && unitOf(metric).symbol === "%" ? 100 : null;
}

export function alertingChoice(search: URLSearchParams): AlertingChoice {
  const months = Number(search.get("months"));
  return {
    months: (MONTHS as readonly number[]).includes(months) ? months : 13,
    of: OFS.find((one) => one === search.get("of")) ?? "teams",
    name: search.get("name"),
  };
}

/** Noon of a day `YYYY-MM-DD` in the reader's zone: where a chart draws it. */
export function noonOf(day: string): number {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date, 12).getTime();
}

/** How dark an hour of the week is, 1 to *most*: the lowest value is 1, the highest *most*. */
export function levelOf(value: number, least: number, highest: number, most: number): number {
  if (highest <= least) return 1;
  return Math.min(most, 1 + Math.floor((most * (value - least)) / (highest - least)));
}

/** The reader's time zone: days, weeks and months begin in it. */
export const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The months from the first record on, in the reader's zone: those before are not empty but unknown. */
export function knownMonths(months: readonly string[], firstAtMs: number | null): string[] {
  if (firstAtMs === null) return [];
  const first = new Date(firstAtMs);
  const month = `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, "0")}`;
  return months.filter((one) => one >= month);
}
