import { expect, it } from "vitest";
import { NONE, type Selection, type SelectionHappening, selected } from "./selection";

const order = ["a", "b", "c", "d"];
const after = (...happenings: SelectionHappening[]): Selection => happenings.reduce(selected, NONE);

it("moves along the rows and stops at their ends", () => {
  expect(after({ type: "moved", by: 1, order }).active).toBe("a");
  expect(after({ type: "moved", by: -1, order }).active).toBe("d");
  expect(after({ type: "activated", id: "c" }, { type: "moved", by: 5, order }).active).toBe("d");
  expect(after({ type: "activated", id: "gone" }, { type: "moved", by: 1, order }).active).toBe("a");
});

it("selects the range from where the last selection began", () => {
  const state = after({ type: "toggled", id: "d" }, { type: "ranged", id: "b", order });

  expect([...state.ids].sort()).toEqual(["b", "c", "d"]);
  expect(state.active).toBe("b");
});

it("selects the one alone when there is nowhere to begin", () => {
  expect([...after({ type: "ranged", id: "b", order }).ids]).toEqual(["b"]);
});

it("lets go of what left the board, and is the same value if nothing did", () => {
  const state = after({ type: "set", ids: ["a", "b"], isSelected: true });

  expect([...selected(state, { type: "changed", has: (id) => id === "b" }).ids]).toEqual(["b"]);
  expect(selected(state, { type: "changed", has: () => true })).toBe(state);
});
