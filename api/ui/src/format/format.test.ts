import { expect, it } from "vitest";
import { formatAgo, formatClock, formatDuration, formatHour, formatInstant } from "./times";
import { formatNumber, formatPercent, formatValue } from "./units";

it.each([
  [93.456, "cpu_usage", "93.46 %"],
  [1_536, "heap_bytes", "1.5 KiB"],
  [0, "heap_bytes", "0 B"],
  [12, "latency_ms", "12 ms"],
  [2, "wait_s", "2 s"],
  [1.5, "errors_per_s", "1.5 /s"],
  [2_048, "disk_read_bytes_per_s", "2 KiB/s"],
  [1_234_567, "orders", "1,234,567"],
  [-3, "temperature", "-3"],
  [1_209_600, "age_ms", "1,209,600 ms"],
  [1e-7, "ratio", "0.0000001"],
  [-0, "ratio", "0"],
])("writes %d of %s as %s", (value, metric, expected) => {
  expect(formatValue(value, metric, "en")).toBe(expected);
});

it("writes ages and durations in both languages", () => {
  expect(formatAgo(0, 300_000, "en")).toBe("5 min. ago");
  expect(formatAgo(0, 0, "en")).toBe("now");
  expect(formatAgo(0, 900, "ko")).toBe("지금");
  expect(formatAgo(0, 86_400_000, "en")).toBe("1 day ago");
  expect(formatAgo(0, 300_000, "ko")).toBe("5분 전");
  expect(formatDuration(7_500_000, "en")).toBe("2h 5m");
  expect(formatDuration(7_500_000, "ko")).toBe("2시간 5분");
  expect(formatDuration(40, "en")).toBe("40 ms");
});

it("calls the hour after midnight 00", () => {
  const midnight = new Date(2026, 10, 26, 0, 5, 9).getTime();

  expect(formatClock(midnight, "en")).toBe("00:05:09");
  expect(formatHour(midnight, "en")).toBe("00:05");
  expect(formatInstant(midnight, "en")).toContain("00:05:09");
  expect(formatInstant(midnight, "ko")).toContain("2026. 11. 26. 00:05:09");
});

const READ: Record<string, number> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };

function read(text: string): number {
  const [, number, prefix] = /^(\S+) ?(Ki|Mi|Gi|Ti|)/.exec(text) ?? [];
  return Number(number?.replaceAll(",", "")) * (READ[prefix ?? ""] ?? 1);
}

/** The same numbers in each run, so that a failure can be repeated. */
function* pairs(count: number): Generator<[number, number]> {
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let at = 0; at < count; at++) {
    const value = (random() - 0.3) * 10 ** Math.floor(random() * 18 - 4);
    const other = value * (1 + (random() - 0.5) * 10 ** -Math.floor(random() * 15));
    yield [value, other];
    const whole = Math.round(value) || 0;
    yield [whole, whole + Math.round(random() * 2)];
  }
}

it.each(["orders", "memory_bytes"])("never writes two values of %s alike, nor the greater as the smaller", (metric) => {
  for (const [value, limit] of pairs(3_000)) {
    const [shown, shownLimit] = [formatValue(value, metric, "en", [limit]), formatValue(limit, metric, "en", [value])];

    expect([value, limit, Math.sign(read(shown) - read(shownLimit))]).toEqual([value, limit, Math.sign(value - limit)]);
    if (value !== limit)
      expect([value, limit, Math.sign(read(shown) - limit)]).toEqual([value, limit, Math.sign(value - limit)]);
    expect(shown === shownLimit).toBe(value === limit);
  }
});

it("tells a value from its limit", () => {
  expect(formatValue(99.994, "disk_usage", "en", [99.99])).toBe("99.994 %");
  expect(formatValue(99.99, "disk_usage", "en", [99.994])).toBe("99.99 %");
  expect(formatNumber(1e20, "en")).toBe("1E20");
});

it("says all and nothing only of all and nothing", () => {
  const texts = [0, 0.00001, 1 / 3, 0.9996, 1].map((share) => formatPercent(share, "en"));

  expect(texts).toEqual(["0 %", "0.001 %", "33 %", "99.96 %", "100 %"]);
});
