import { expect, it } from "vitest";
import { differencesOf } from "./difference";

it("names only what changed, deep down too", () => {
  const before = { name: "CPU", threshold: 80, recover: { threshold: 70 }, channels: ["web"] };
  const after = { name: "CPU", threshold: 90, recover: { threshold: 75 }, channels: ["web", "email"] };

  expect(differencesOf(before, after)).toEqual([
    { field: "threshold", before: "80", after: "90" },
    { field: "recover.threshold", before: "70", after: "75" },
    { field: "channels", before: '["web"]', after: '["web","email"]' },
  ]);
});

it("lists every field of what was made or removed, and leaves out what is empty", () => {
  expect(differencesOf(null, { name: "kim", role: "viewer", note: null })).toEqual([
    { field: "name", before: null, after: "kim" },
    { field: "role", before: null, after: "viewer" },
  ]);
  expect(differencesOf({ name: "kim" }, null)).toEqual([{ field: "name", before: "kim", after: null }]);
});

it("says of what is no document that it changed", () => {
  expect(differencesOf("a", "b")).toEqual([{ field: "", before: "a", after: "b" }]);
  expect(differencesOf(null, null)).toEqual([]);
});
