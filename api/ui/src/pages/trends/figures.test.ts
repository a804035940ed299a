import { expect, test } from "vitest";
import { type Figures, total } from "./figures";

const month = (fields: Partial<Figures>): Figures => ({ ...total([]), ...fields });

test("means of months are weighted by what they are means of", () => {
  const found = total([
    month({ alerts: 3, acknowledged: 1, mean_ms_to_acknowledge: 1_000, notifications: 4, at_night: 1 }),
    month({ alerts: 5, acknowledged: 3, mean_ms_to_acknowledge: 5_000 }),
    month({ alerts: 2, acknowledged: 0, mean_ms_to_acknowledge: null }),
  ]);
  expect(found.alerts).toBe(10);
  expect(found.mean_ms_to_acknowledge).toBe(4_000);
  expect(found.share_at_night).toBe(0.25);
  expect(found.mean_ms_to_resolve).toBeNull();
});

test("nothing has no share and no mean", () => {
  expect(total([]).share_at_night).toBeNull();
});
