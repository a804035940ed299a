import { expect, it } from "vitest";
import type { Silence } from "../../api/silences";
import { againOf, bodyOf, draftOf, fromLocalInput, localInput, matchersOf, newDraft, reduce } from "./draft";

const HOUR_MS = 3_600_000;

const silence = (fields: Partial<Silence> = {}) =>
  ({
    id: "silence-1",
    matchers: [{ name: "label:env", value: "prod", is_equal: false }],
    starts_at_ms: 1_000,
    ends_at_ms: 1_000 + HOUR_MS,
    comment: "deploy",
    cron: null,
    duration_minutes: null,
    timezone: "UTC",
    state: "active",
    ...fields,
  }) as Silence;

it("begins when it is saved and lasts as long as was chosen", () => {
  const draft = reduce(newDraft("Asia/Seoul"), { type: "set", fields: { comment: " deploy ", lengthMs: HOUR_MS } });

  expect(bodyOf(draft, 5_000)).toEqual({
    matchers: [{ name: "plugin_id", value: "", is_equal: true }],
    starts_at_ms: 5_000,
    ends_at_ms: 5_000 + HOUR_MS,
    comment: "deploy",
    cron: null,
    duration_minutes: null,
    timezone: "UTC",
  });
});

it("comes again by the clock of a zone", () => {
  const draft = reduce(newDraft("Asia/Seoul"), { type: "recurring", to: true });

  expect(bodyOf(draft, 0)).toMatchObject({ cron: "0 2 * * 6", duration_minutes: 120, timezone: "Asia/Seoul" });
  expect(bodyOf(draft, 0)).toMatchObject({ ends_at_ms: 90 * 24 * HOUR_MS });
});

it("changes a silence under its id, and sends what it read", () => {
  const { state: _, ...rest } = silence();

  expect(bodyOf(draftOf(silence()), 9_999_999)).toEqual(rest);
});

it("does one again from now on, as long", () => {
  expect(bodyOf(againOf(silence()), 7_000)).toMatchObject({ starts_at_ms: 7_000, ends_at_ms: 7_000 + HOUR_MS });
  expect(bodyOf(againOf(silence()), 7_000)).not.toHaveProperty("id");
});

it("takes matchers from an address", () => {
  expect(matchersOf(["plugin_id=pay-1", "label:env=a=b", "nonsense"])).toEqual([
    { property: "plugin_id", label: "", value: "pay-1", is_equal: true },
    { property: "label", label: "env", value: "a=b", is_equal: true },
  ]);
});

it("adds, changes and removes matchers", () => {
  let draft = reduce(newDraft("UTC"), { type: "add" });
  draft = reduce(draft, { type: "matcher", at: 1, fields: { property: "metric", value: "cpu" } });
  draft = reduce(draft, { type: "remove", at: 0 });

  expect(draft.matchers).toEqual([{ property: "metric", label: "", value: "cpu", is_equal: true }]);
});

it("writes and reads the reader's clock", () => {
  const atMs = new Date(2026, 10, 5, 7, 9).getTime();

  expect(localInput(atMs)).toBe("2026-11-05T07:09");
  expect(fromLocalInput(localInput(atMs))).toBe(atMs);
  expect(fromLocalInput("")).toBeNull();
});
