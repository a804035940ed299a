import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import type { TimelineEntry } from "../../api/types";
import { linesOf, rangeOf } from "./story";

const entry = (at_ms: number, kind: string, more: Partial<TimelineEntry> = {}) =>
  ({ at_ms, kind, ...more }) as TimelineEntry;
const MINUTE = 60_000;

it("tells in the order of time, and what was written at one instant as it was written", () => {
  const lines = linesOf([entry(3, "resolved"), entry(1, "pending"), entry(1, "firing")]);

  expect(lines.map((line) => line.kind)).toEqual(["pending", "firing", "resolved"]);
});

it("folds attempts that failed alike, and no others", () => {
  const failed = (at: number, channel: string, reason: string) => entry(at, "notification.failed", { channel, reason });
  const lines = linesOf([
    failed(1, "slack", "503"),
    failed(2, "slack", "503"),
    failed(3, "slack", "timeout"),
    failed(4, "email", "timeout"),
  ]);

  expect(lines.map((line) => [line.count, line.at_ms, line.last_at_ms])).toEqual([
    [2, 1, 2],
    [1, 3, 3],
    [1, 4, 4],
  ]);
});

it("shows ten minutes around a short event, up to now while it is open", () => {
  const alert = anAlert({ started_at_ms: 100 * MINUTE });

  expect(rangeOf(alert, 102 * MINUTE)).toEqual({ since_ms: 90 * MINUTE, until_ms: 102 * MINUTE });
});

it("shows as long again around one that is over", () => {
  const alert = anAlert({ state: "resolved", started_at_ms: 100 * MINUTE, resolved_at_ms: 160 * MINUTE });

  expect(rangeOf(alert, 1_000 * MINUTE)).toEqual({ since_ms: 70 * MINUTE, until_ms: 190 * MINUTE });
});
