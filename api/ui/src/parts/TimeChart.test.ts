import { expect, it } from "vitest";
import { bounds } from "./TimeChart";

it.each([
  [10, 20, [80], [0, 87]],
  [1_000, 1_010, [], [999, 1_011]],
  [null, null, [], [0, 1]],
  [null, null, [80], [72, 88]],
  [-5, 5, [], [-6, 6]],
] as const)("spans %s to %s with %j as %j", (low, high, thresholds, expected) => {
  expect(bounds(low, high, thresholds)).toEqual(expected);
});
