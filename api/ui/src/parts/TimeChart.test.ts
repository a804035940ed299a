import { expect, it } from "vitest";
import { aligned, bounds } from "./TimeChart";

it("puts lines of different instants on one axis", () => {
  const lines = [
    {
      label: "a",
      samples: [
        [1_000, 1],
        [3_000, 3],
      ] as const,
    },
    {
      label: "b",
      samples: [
        [2_000, 2],
        [3_000, 0],
      ] as const,
    },
  ];

  expect(aligned(lines)).toEqual([
    [1, 2, 3],
    [1, null, 3],
    [null, 2, 0],
  ]);
});

it.each([
  [10, 20, [80], [0, 87]],
  [1_000, 1_010, [], [999, 1_011]],
  [null, null, [], [0, 1]],
  [null, null, [80], [72, 88]],
  [-5, 5, [], [-6, 6]],
] as const)("spans %s to %s with %j as %j", (low, high, thresholds, expected) => {
  expect(bounds(low, high, thresholds)).toEqual(expected);
});
