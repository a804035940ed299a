import { expect, it } from "vitest";
import { freeRight, type Taken } from "./chartDrawing";

it("puts a label beside one that stands at the same height, and at the edge if none does", () => {
  const taken: Taken = [];
  for (const [top, bottom] of [
    [0, 13],
    [5, 18],
    [40, 53],
  ] as const) {
    const right = freeRight(taken, 100, 30, top, bottom);
    taken.push({ left: right - 30, right, top, bottom });
  }
  const [first, second, far] = taken;

  expect(first?.right).toBe(100);
  expect(second?.right).toBeLessThan(first?.left ?? 0);
  expect(far?.right).toBe(100);
});
