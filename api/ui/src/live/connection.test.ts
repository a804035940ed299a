import { describe, expect, it } from "vitest";
import { begin, delayMs, isSilent, next, SILENT_AFTER_MS, STALE_AFTER_MS } from "./connection";

const live = next(begin(0), { type: "hello", id: "5-0", atMs: 100 });

describe("connection", () => {
  it("is live from the hello on, and knows where to go on from", () => {
    expect(live).toMatchObject({ phase: "live", lastId: "5-0", currentAtMs: 100, attempt: 0 });
  });

  it("remembers the newest entry, which a keep-alive does not change", () => {
    const heard = next(live, { type: "heard", id: "6-1", atMs: 200 });
    expect(next(heard, { type: "heard", atMs: 300 })).toMatchObject({ lastId: "6-1", currentAtMs: 300 });
  });

  it("reconnects when closed, and is stale once there was no news for too long", () => {
    const closed = next(live, { type: "closed", atMs: 200 });
    const soon = next(closed, { type: "tick", atMs: 100 + STALE_AFTER_MS });
    const late = next(soon, { type: "tick", atMs: 101 + STALE_AFTER_MS });

    expect([closed.phase, soon.phase, late.phase]).toEqual(["reconnecting", "reconnecting", "stale"]);
    expect(late.currentAtMs).toBe(100);
  });

  it("stays stale through failing tries, and is live again with the next word", () => {
    let state = next(live, { type: "relayStale", atMs: 200 });
    state = next(state, { type: "closed", atMs: 300 });
    expect(state).toMatchObject({ phase: "stale", attempt: 1 });
    expect(next(state, { type: "hello", id: "5-0", atMs: 400 })).toMatchObject({ phase: "live", attempt: 0 });
  });

  it("does not change, not even its identity, with ticks of a good connection", () => {
    expect(next(live, { type: "tick", atMs: 60_000 })).toBe(live);
  });

  it("takes a silent line for dead", () => {
    expect(isSilent(live, 0, 100 + SILENT_AFTER_MS)).toBe(false);
    expect(isSilent(live, 0, 101 + SILENT_AFTER_MS)).toBe(true);
    expect(isSilent(live, 200, 101 + SILENT_AFTER_MS)).toBe(false);
  });

  it("waits longer with every try, with a bound, and spreads", () => {
    const waits = [1, 2, 3, 9].map((attempt) => delayMs({ ...live, attempt }, 1));
    expect(waits).toEqual([600, 1_200, 2_400, 9_600]);
    expect(delayMs({ ...live, attempt: 1 }, 0)).toBe(300);
  });
});
