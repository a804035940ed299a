import { expect, it } from "vitest";
import type { Tree } from "../../api/routing";
import { type Change, countBelow, differing, errorOf, isSame, placeOf, reduce, routeAt, textOf } from "./draft";

const TREE: Tree = {
  route: {
    channels: ["email"],
    routes: [{ name: "a" }, { name: "b", routes: [{ name: "b1" }, { name: "b2" }] }, { name: "c" }],
  },
};
const names = (tree: Tree) => JSON.stringify(tree).match(/(?<="name":")\w+/g);
const after = (...changes: Change[]) => changes.reduce(reduce, { tree: TREE, open: null });

it("moves a route up, down, into the one before and out again, and its form with it", () => {
  expect(names(after({ type: "move", at: [1], way: "up" }).tree)).toEqual(["b", "b1", "b2", "a", "c"]);
  expect(names(after({ type: "move", at: [1], way: "down" }).tree)).toEqual(["a", "c", "b", "b1", "b2"]);
  const inner = after({ type: "open", at: [2] }, { type: "move", at: [2], way: "in" });
  expect([routeAt(inner.tree, [1, 2])?.name, inner.open]).toEqual(["c", [1, 2]]);
  const outer = reduce(inner, { type: "move", at: [1, 2], way: "out" });
  expect(isSame(outer.tree, TREE)).toBe(true);
  expect(outer.open).toEqual([2]);
});

it("leaves alone what cannot move", () => {
  for (const [at, way] of [
    [[0], "up"],
    [[2], "down"],
    [[0], "in"],
    [[0], "out"],
    [[], "down"],
  ] as const) {
    expect(after({ type: "move", at, way }).tree).toBe(TREE);
  }
});

it("adds below a route and opens the form, and removes with all that is below", () => {
  const added = after({ type: "add", at: [1] });
  expect(added.open).toEqual([1, 2]);
  expect(countBelow(added.tree.route)).toBe(6);
  expect(names(after({ type: "remove", at: [1] }).tree)).toEqual(["a", "c"]);
});

it("writes a route as the API does: what says nothing is left out, an empty list of grouping is not nothing", () => {
  const set = after(
    { type: "set", at: [0], fields: { channels: ["web"], group_by: [], continue: true, repeat_minutes: 0 } },
    { type: "set", at: [0], fields: { channels: [], continue: false, name: "" } },
  );
  expect(routeAt(set.tree, [0])).toEqual({ group_by: [], repeat_minutes: 0 });
});

it("keeps time intervals, and none if none is left", () => {
  const made = after({ type: "interval", name: "nights", parts: [{ weekdays: ["monday"] }] });
  expect(made.tree.time_intervals).toEqual({ nights: [{ weekdays: ["monday"] }] });
  expect(isSame(reduce(made, { type: "interval", name: "nights", parts: null }).tree, TREE)).toBe(true);
});

it("names the routes that differ, and finds the field that was refused", () => {
  const set = after({ type: "set", at: [1, 0], fields: { channels: ["web"] } });
  expect(differing(TREE, set.tree)).toEqual(["route.routes.1.routes.0"]);
  expect(differing(null, TREE)).toHaveLength(6);
  expect(errorOf({ "route.routes.1.routes.0.matchers.2": "bad" }, [1, 0], "matchers")).toBe("bad");
  expect(errorOf({ "route.routes.1.routes.0.matchers.2": "bad" }, [1], "matchers")).toBeUndefined();
});

it("reads and writes places", () => {
  for (const at of [[], [0], [3, 12]]) expect(placeOf(`${textOf(at)}.matchers.0`)).toEqual(at);
  expect(placeOf("time_intervals.nights")).toBeNull();
});
