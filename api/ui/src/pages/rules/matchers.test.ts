import { expect, it } from "vitest";
import { read, written } from "./matchers";

it.each([
  ["job=api", { label: "job", values: ["api"], is_equal: true }],
  ["fstype!=tmpfs|fuse*", { label: "fstype", values: ["tmpfs", "fuse*"], is_equal: false }],
  ["query=a=b", { label: "query", values: ["a=b"], is_equal: true }],
  ["path=a[|]b|c", { label: "path", values: ["a[|]b", "c"], is_equal: true }],
  ["job=", { label: "job", values: [""], is_equal: true }],
])("%s is read as it is written", (text, matcher) => {
  expect(read(text)).toEqual(matcher);
  expect(written(matcher)).toBe(text);
});

it("takes a name alone for a label that must be there", () => {
  expect(read(" team ")).toEqual({ label: "team", values: ["?*"], is_equal: true });
});
