import { expect, it } from "vitest";
import { aProcess } from "../../../test/system";
import { EMPTY_FLOW, perSecond, withStatus } from "./flow";

const evaluator = (at_ms: number, events: number, pid = 1) =>
  aProcess("evaluator", { pid, at_ms, counters: { events } });
const look = (at_ms: number, ...processes: ReturnType<typeof evaluator>[]) => ({ at_ms, processes });

it("cannot tell a rate from one look", () => {
  const flow = withStatus(EMPTY_FLOW, look(1_000, evaluator(1_000, 50)));

  expect(perSecond(flow, "evaluator", "events")).toBeNull();
  expect(flow.history).toEqual([]);
});

it("adds up what all processes of a component do in a second", () => {
  let flow = withStatus(EMPTY_FLOW, look(1_000, evaluator(1_000, 0), evaluator(1_000, 500, 2)));
  flow = withStatus(flow, look(3_000, evaluator(3_000, 20), evaluator(3_000, 560, 2)));

  expect(perSecond(flow, "evaluator", "events")).toBe(40);
  expect(flow.history).toEqual([{ atMs: 3_000, eventsPerS: 40 }]);
});

it("does not take the same report twice for standstill", () => {
  let flow = withStatus(EMPTY_FLOW, look(1_000, evaluator(1_000, 0)));
  flow = withStatus(flow, look(3_000, evaluator(3_000, 20)));
  flow = withStatus(flow, look(3_500, evaluator(3_000, 20)));

  expect(perSecond(flow, "evaluator", "events")).toBe(10);
});

it("forgets who is gone, and looks no further back than a quarter of a minute", () => {
  let flow = withStatus(EMPTY_FLOW, look(0, evaluator(0, 0), evaluator(0, 0, 2)));
  flow = withStatus(flow, look(10_000, evaluator(10_000, 100)));
  flow = withStatus(flow, look(20_000, evaluator(20_000, 100)));

  expect([...flow.beats.keys()]).toEqual(["evaluator:1@h"]);
  expect(perSecond(flow, "evaluator", "events")).toBe(0);
});
