import { expect, it } from "vitest";
import { formatAgo, formatClock, formatDuration, formatHour, formatInstant } from "./times";
import { formatValue } from "./units";

it.each([
  [93.456, "cpu_usage", "93.46 %"],
  [1_536, "heap_bytes", "1.5 KiB"],
  [0, "heap_bytes", "0 B"],
  [12, "latency_ms", "12 ms"],
  [2, "wait_s", "2 s"],
  [1.5, "errors_per_s", "1.5 /s"],
  [2_048, "disk_read_bytes_per_s", "2 KiB/s"],
  [1_234_567, "orders", "1,234,570"],
  [-3, "temperature", "-3"],
])("writes %d of %s as %s", (value, metric, expected) => {
  expect(formatValue(value, metric, "en")).toBe(expected);
});

it("writes ages and durations in both languages", () => {
  expect(formatAgo(0, 300_000, "en")).toBe("5 min. ago");
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
