import { expect, it } from "vitest";
import { anAlert } from "../../test/alerts";
import { MAX_SHOWN, NO_TOASTS, SHOWN_MS, toasted } from "./toasts";

const entry = (id: string) => ({
  type: "toast",
  data: { id, title: `title ${id}`, text: "text", items: [{ news: "firing", alert: anAlert() }] },
});
const told = (...ids: string[]) => toasted(NO_TOASTS, { type: "entries", entries: ids.map(entry), atMs: 0 });

it("shows the same news once, also after it was closed", () => {
  let state = told("a", "a");
  state = toasted(state, { type: "closed", id: "a" });
  state = toasted(state, { type: "entries", entries: [entry("a")], atMs: 5 });

  expect(state.shown).toEqual([]);
});

it("shows the newest few of a burst and counts the rest", () => {
  const state = told(...Array.from({ length: 200 }, (_, n) => `t${n}`));

  expect(state.shown.map((toast) => toast.id)).toEqual(["t197", "t198", "t199"]);
  expect(state.more).toBe(200 - MAX_SHOWN);
});

it("lets go of them after a while, and of their count with the last", () => {
  const state = told("a", "b", "c", "d");

  expect(toasted(state, { type: "tick", atMs: SHOWN_MS - 1 })).toBe(state);
  expect(toasted(state, { type: "tick", atMs: SHOWN_MS })).toMatchObject({ shown: [], more: 0 });
  expect(toasted(state, { type: "allClosed" })).toMatchObject({ shown: [], more: 0 });
});

it("is the same value when no toast is among the entries", () => {
  expect(toasted(NO_TOASTS, { type: "entries", entries: [{ type: "banner", data: {} }], atMs: 0 })).toBe(NO_TOASTS);
});
