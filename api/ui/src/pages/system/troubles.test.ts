import { expect, it } from "vitest";
import { aProcess, aStatus } from "../../../test/system";
import { troublesOf } from "./troubles";

const kinds = (fields: Parameters<typeof aStatus>[0]) => troublesOf(aStatus(fields)).map((one) => one.kind);
const partition = { partition: 3, lag: 0, owner: "h-1-a", outbox: 0, dead_letters: 0 };

it("says nothing of a system that is well", () => {
  expect(troublesOf(aStatus())).toEqual([]);
});

it.each([
  ["evaluator", { missing: ["evaluator"], partitions: [{ ...partition, owner: null }] }],
  ["unowned", { partitions: [{ ...partition, owner: null }] }],
  ["notReady", { processes: [aProcess("router", { ready: false })] }],
  ["lagging", { partitions: [{ ...partition, lag: 20_000 }] }],
  ["memory", { memory: { used_bytes: 90, limit_bytes: 100 } }],
  ["server", { trouble: "Redis is full" }],
  ["archive", { processes: [aProcess("recorder", { detail: { archive: "the disk is full" } })] }],
  ["archiveSize", { processes: [aProcess("recorder", { detail: { dropped_to_ms: "1700000000000" } })] }],
  ["archiveSize", { processes: [aProcess("recorder", { detail: { dropped_rollups_to_ms: "1700000000000" } })] }],
  ["noRules", { rules: { revision: 1, total: 1, enabled: 0 } }],
  ["failing", { failing_channels: { slack: 4 } }],
  ["deadNotifications", { dead_notifications: 2 }],
  ["deadLetters", { partitions: [{ ...partition, dead_letters: 1 }] }],
  ["unreadable", { unreadable_rules: { r1: "no condition" } }],
] as const)("finds %s", (kind, fields) => {
  expect(kinds(fields as unknown as Parameters<typeof aStatus>[0])).toEqual([kind]);
});

it("names the settings that an archive without room does not keep", () => {
  const detail = { dropped_to_ms: "1700000000000", dropped_alerts_to_ms: "1600000000000" };
  const found = troublesOf(aStatus({ processes: [aProcess("recorder", { detail })] }));
  expect(found.map((one) => one.values.names)).toEqual(["ARCHIVE_KEEP_DAYS, ARCHIVE_ALERT_DAYS"]);
});

it("puts first what keeps alerts from people", () => {
  expect(kinds({ dead_notifications: 2, missing: ["router"] })).toEqual(["router", "deadNotifications"]);
});

it("counts what waits, and names where", () => {
  const partitions = [1, 2].map((number) => ({ ...partition, partition: number, lag: 6_000 }));

  expect(troublesOf(aStatus({ partitions }))[0]?.values).toEqual({ count: 12_000, names: "1, 2" });
});
