/** Instants (epoch ms) and durations as the reader writes them, in the reader's zone. */

const formats = new Map<string, Intl.DateTimeFormat>();
const relatives = new Map<string, Intl.RelativeTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, known);
  return known;
}

/** Date, time to the second and zone. */
export function formatInstant(atMs: number, language: string): string {
  // Put together here: asked for all of it, the Korean format spells hours, minutes and seconds out.
  const date = format(language, { dateStyle: "medium" }).format(atMs);
  const zone = format(language, { timeZoneName: "short" })
    .formatToParts(atMs)
    .find(({ type }) => type === "timeZoneName");
  return `${date}${language === "ko" ? "" : ","} ${formatClock(atMs, language)} ${zone?.value ?? ""}`;
}

/** Time to the second, for what happened today. */
export function formatClock(atMs: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(atMs);
}

/** Year, month and day. */
export function formatDate(atMs: number, language: string): string {
  return format(language, { dateStyle: "medium" }).format(atMs);
}

/** Month and year. */
export function formatMonth(atMs: number, language: string): string {
  return format(language, { month: "short", year: "numeric" }).format(atMs);
}

/** Time to the minute, for axes. */
export function formatHour(atMs: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(atMs);
}

/** Month and day, for axes of many days. */
export function formatDay(atMs: number, language: string): string {
  return format(language, { month: "short", day: "numeric" }).format(atMs);
}

const STEPS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** "5 minutes ago", "in 2 hours", "now" within a second. */
export function formatAgo(atMs: number, nowMs: number, language: string): string {
  const passed = atMs - nowMs;
  const numeric = Math.abs(passed) < 1_000 ? "auto" : "always";
  const key = language + numeric;
  const known = relatives.get(key) ?? new Intl.RelativeTimeFormat(language, { numeric, style: "short" });
  relatives.set(key, known);
  const [unit, size] = STEPS.find(([, ms]) => Math.abs(passed) >= ms) ?? ["second", 1_000];
  return known.format(Math.trunc(passed / size), unit);
}

/** A duration by its two greatest units: "2h 5m", "2시간 5분". */
export function formatDuration(ms: number, language: string): string {
  const parts: string[] = [];
  let left = Math.max(0, ms);
  for (const [unit, size] of STEPS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(count.toLocaleString(language, { style: "unit", unit, unitDisplay: "narrow" }));
    else if (parts.length) break;
    if (parts.length === 2) break;
  }
  if (parts.length) return parts.join(" ");
  return Math.round(ms).toLocaleString(language, { style: "unit", unit: "millisecond", unitDisplay: "short" });
}
