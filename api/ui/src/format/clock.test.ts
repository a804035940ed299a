import { afterEach, beforeEach, expect, it, vi } from "vitest";

let clock: typeof import("./clock");
const TRUE_MS = 1_700_000_000_000;

beforeEach(async () => {
  vi.resetModules();
  vi.useFakeTimers({ now: TRUE_MS + 600_000 });
  clock = await import("./clock");
});
afterEach(() => vi.useRealTimers());

/** The answer to a question that is asked now and takes so long; the server tells its time after *onTheWayMs* of it. */
function ask(tookMs: number, onTheWayMs: number, skewMs: number): void {
  const askedAtMs = Date.now();
  vi.setSystemTime(askedAtMs + tookMs);
  clock.learn(String(askedAtMs - skewMs + onTheWayMs), askedAtMs, Date.now());
}

it("is the reader's clock until an answer came", () => {
  expect(clock.serverNow()).toBe(TRUE_MS + 600_000);
});

it("is the server's clock, however far ahead or behind the reader's is", () => {
  for (const skewMs of [600_000, -600_000, 86_400_000, 3, 0]) {
    ask(40, 10, skewMs);
    expect(Math.abs(clock.serverNow() - (Date.now() - skewMs))).toBeLessThanOrEqual(20);
  }
});

it("is worked out better by quick answers, and not worse by slow ones", () => {
  ask(4_000, 100, 600_000);
  ask(10, 5, 600_000);
  const known = Date.now() - clock.serverNow();
  ask(9_000, 8_500, 600_000);

  expect(Math.abs(known - 600_000)).toBeLessThanOrEqual(5);
  expect(Date.now() - clock.serverNow()).toBe(known);
});

it("never strays from the truth by more than the answer took", () => {
  let seed = 1;
  const chance = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let n = 0; n < 500; n += 1) {
    const skewMs = Math.round((chance() - 0.5) * 1e7);
    const tookMs = Math.round(chance() * 5_000);
    ask(tookMs, Math.round(chance() * tookMs), skewMs);
    expect(Math.abs(clock.serverNow() - (Date.now() - skewMs))).toBeLessThanOrEqual(tookMs);
  }
});

it("takes no notice of answers that tell nothing of use", () => {
  for (const told of [null, "", "soon", "Infinity", "NaN"]) clock.learn(told, Date.now(), Date.now());
  clock.learn("5", Date.now(), Date.now() - 1);

  expect(clock.serverNow()).toBe(Date.now());
});
