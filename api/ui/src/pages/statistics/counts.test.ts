import { expect, it } from "vitest";
import { barsOf, HOUR_MS, heatOf, hoursABar, ticksTo } from "./counts";
import { endsOf, presetsOf, rangeBetween, rangeOf } from "./range";

// Monday, 2026-03-02, in whatever zone the tests run.
const MONDAY = new Date(2026, 2, 2).getTime();
const hour = (at: number, fired: number, by_severity: Record<string, number> = { warning: fired }) => ({
  hour_at_ms: MONDAY + at * HOUR_MS,
  fired,
  by_severity,
});

it("adds hours up to bars that begin at round hours of the reader's day", () => {
  const bars = barsOf([hour(4, 1), hour(5, 2, { error: 2 }), hour(6, 4), hour(7, 0)], 6);

  expect(bars.map((bar) => [bar.fromMs - MONDAY, bar.untilMs - MONDAY, bar.fired])).toEqual([
    [4 * HOUR_MS, 6 * HOUR_MS, 3],
    [6 * HOUR_MS, 8 * HOUR_MS, 4],
  ]);
  expect(bars[0]?.bySeverity).toEqual({ warning: 1, error: 2 });
});

it.each([
  [24, 40, 1],
  [168, 200, 1],
  [168, 40, 6],
  [8_760, 40, 24],
])("of %d hours in room for %d bars, gives each %d hours", (hours, room, step) => {
  expect(hoursABar(hours, room)).toBe(step);
});

it("counts by weekday and hour of the day, Monday first", () => {
  const heat = heatOf([hour(9, 2), hour(9 + 168, 3), hour(24 * 6 + 23, 7)]);

  expect(heat[0]?.[9]).toBe(5);
  expect(heat[6]?.[23]).toBe(7);
  expect(heat.flat().reduce((sum, n) => sum + n)).toBe(12);
});

it.each([
  [0, [0, 1]],
  [3, [0, 1, 2, 3]],
  [17, [0, 5, 10, 15, 20]],
  [100, [0, 50, 100]],
])("an axis up to %d has round numbers", (highest, ticks) => {
  expect(ticksTo(highest)).toEqual(ticks);
});

it("offers what is kept, and no more", () => {
  expect(presetsOf(7)).toEqual([24, 72, 168]);
  expect(presetsOf(40)).toEqual([24, 72, 168, 720, 960]);
  expect(presetsOf(0.5)).toEqual([12]);
});

it("reads a range from the address, and falls back to a day", () => {
  expect(rangeOf(new URLSearchParams("hours=72&until=1000"))).toEqual({ hours: 72, untilMs: 1_000 });
  expect(rangeOf(new URLSearchParams("hours=x&until=-1"))).toEqual({ hours: 24, untilMs: null });
});

it("makes whole hours of two instants", () => {
  const made = rangeBetween(MONDAY + 60_000, MONDAY + 2 * HOUR_MS);

  expect(made).toEqual({ hours: 2, untilMs: MONDAY + 2 * HOUR_MS - 1 });
  expect(made && endsOf(made, 0).fromMs).toBe(MONDAY);
  expect(rangeBetween(5, 5)).toBeNull();
  expect(rangeBetween(Number.NaN, 5)).toBeNull();
});
