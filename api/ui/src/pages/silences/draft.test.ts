import { expect, it } from "vitest";
import type { Silence } from "../../api/silences";
import {
  againOf,
  bodyOf,
  type Draft,
  draftOf,
  fromLocalInput,
  localInput,
  matchersOf,
  newDraft,
  reduce,
  writtenMatcher,
} from "./draft";

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

const set = (fields: Partial<Draft>): Draft => reduce(newDraft("Asia/Seoul"), { type: "set", fields });

it("leaves its beginning to the server, and sends its length as a length", () => {
  const body = bodyOf(set({ comment: " deploy ", lengthMs: HOUR_MS }));

  expect(body).toMatchObject({
    matchers: [{ name: "plugin_id", value: "", is_equal: true }],
    comment: "deploy",
    cron: null,
    duration_minutes: null,
    timezone: "UTC",
    everything: false,
  });
  expect([body.starts_at_ms, body.ends_at_ms, body.length_ms]).toEqual([null, null, HOUR_MS]);
});

it("sends instants as instants only where they were chosen as such", () => {
  const begun = bodyOf(set({ startsAtMs: 5_000 }));
  const ended = bodyOf(set({ endsAtMs: 9_000 }));

  expect([begun.starts_at_ms, begun.ends_at_ms, begun.length_ms]).toEqual([5_000, null, 2 * HOUR_MS]);
  expect([ended.starts_at_ms, ended.ends_at_ms, ended.length_ms]).toEqual([null, 9_000, null]);
});

it("comes again by the clock of a zone", () => {
  const body = bodyOf(reduce(newDraft("Asia/Seoul"), { type: "recurring", to: true }));

  expect(body).toMatchObject({ cron: "0 2 * * 6", duration_minutes: 120, timezone: "Asia/Seoul" });
  expect(body.length_ms).toBe(90 * 24 * HOUR_MS);
});

it("changes a silence under its id, and sends what it read", () => {
  const { state: _, id, ...rest } = silence();

  expect(draftOf(silence()).id).toBe(id);
  expect(bodyOf(draftOf(silence()))).toMatchObject({ ...rest, length_ms: null });
});

it("does one again from now on, as long", () => {
  const again = againOf(silence());

  expect(again.id).toBe("");
  expect(bodyOf(again)).toMatchObject({ starts_at_ms: null, ends_at_ms: null, length_ms: HOUR_MS });
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

it("a regular expression stays one when its silence is changed", () => {
  const matcher = { name: "plugin_id", value: "web-[0-9]+|db", is_equal: false, is_regex: true };
  const draft = draftOf(silence({ matchers: [matcher] }));

  expect(bodyOf(draft).matchers).toEqual([matcher]);
  expect(writtenMatcher(matcher)).toBe("plugin_id !~ web-[0-9]+|db");
});
