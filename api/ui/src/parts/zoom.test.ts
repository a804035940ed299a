import { expect, it } from "vitest";
import { LEAST_MS, panned, within, zoomed } from "./zoom";

const BOUNDS = [0, 10_000_000] as const;

it.each([
  [0.5, 0.5, [4_250_000, 4_750_000]],
  [2, 0.5, [3_500_000, 5_500_000]],
  [0.5, 0, [4_000_000, 4_500_000]],
  [0.5, 1, [4_500_000, 5_000_000]],
  [100, 0.5, [0, 10_000_000]],
] as const)("zooms by %s around %s", (factor, share, expected) => {
  expect(zoomed([4_000_000, 5_000_000], factor, share, BOUNDS)).toEqual(expected);
});

it("never shows less than a minute", () => {
  const [from, until] = zoomed([0, 70_000], 0.01, 0.5, BOUNDS);

  expect(until - from).toBe(LEAST_MS);
});

it.each([
  [-0.5, [3_500_000, 4_500_000]],
  [100, [9_000_000, 10_000_000]],
  [-100, [0, 1_000_000]],
] as const)("moves by %s of the span, as far as something may be kept", (share, expected) => {
  expect(panned([4_000_000, 5_000_000], share, BOUNDS)).toEqual(expected);
});

it("shows whole milliseconds", () => {
  expect(within([1.4, 70_000.6], BOUNDS)).toEqual([1, 70_000]);
});
