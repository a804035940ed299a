import { expect, test } from "vitest";
import { alertingChoice, knownMonths, lastMonths, levelOf, metricChoice, monthChoice, viewOf } from "./choice";

const of = (search: string) => new URLSearchParams(search);

test("a percentage has a limit of 100 unless the address has another one, or none", () => {
  const base = "plugin=p&metric=disk_usage";
  const limits = ["", "&limit=90", "&limit=", "&limit=much"].map((limit) => metricChoice(of(base + limit)).limit);
  expect(limits).toEqual([100, 90, null, null]);
  expect(metricChoice(of("plugin=p&metric=latency_ms")).limit).toBeNull();
});

test("what the address does not hold is not chosen", () => {
  expect(metricChoice(of(""))).toEqual({ plugin: null, metric: null, limit: null, direction: "rising" });
  expect(alertingChoice(of("months=7&of=people"))).toEqual({ months: 13, of: "teams", name: null });
  expect(alertingChoice(of("months=3&of=rules&name="))).toEqual({ months: 3, of: "rules", name: "" });
  expect(["", "view=alerting", "view=report", "view=x"].map((text) => viewOf(of(text)))).toEqual([
    "metric",
    "alerting",
    "report",
    "metric",
  ]);
});

test("levels go from the lowest value to the highest", () => {
  expect([0, 49, 50, 100].map((value) => levelOf(value, 0, 100, 5))).toEqual([1, 3, 3, 5]);
  expect(levelOf(7, 7, 7, 5)).toBe(1);
});

test("months before the first record are left out", () => {
  const months = ["2025-12", "2026-01", "2026-02"];
  expect(knownMonths(months, new Date(2026, 0, 15).getTime())).toEqual(["2026-01", "2026-02"]);
  expect(knownMonths(months, null)).toEqual([]);
});

test("months go back over the end of a year, the current one first", () => {
  expect(lastMonths(new Date(2027, 1, 28, 12).getTime(), 4)).toEqual(["2027-02", "2027-01", "2026-12", "2026-11"]);
  // A month ago there is no 31st of February.
  expect(lastMonths(new Date(2027, 2, 31, 12).getTime(), 2)).toEqual(["2027-03", "2027-02"]);
});

test("an address that names no month means the last one that is over", () => {
  expect(["", "month=2026-10", "month=2026-13", "month=x"].map((text) => monthChoice(of(text)))).toEqual([
    null,
    "2026-10",
    null,
    null,
  ]);
});
