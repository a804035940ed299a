/** The tree of routes while it is edited: routes are added, changed, moved and removed by their place. Pure. */

import type { Route, TimeInterval, Tree } from "../../api/routing";

/** Where a route stands: its number below each route on the way; the first route is `[]`. */
export type Place = readonly number[];
export type Move = "up" | "down" | "in" | "out";

export interface Draft {
  tree: Tree;
  /** The route whose form is open. */
  open: Place | null;
}

export type Change =
  | { type: "set"; at: Place; fields: Partial<Route> }
  | { type: "add"; at: Place }
  | { type: "remove"; at: Place }
  | { type: "move"; at: Place; way: Move }
  | { type: "open"; at: Place | null }
  | { type: "interval"; name: string; parts: TimeInterval[] | null }
  | { type: "begin"; tree: Tree };

export const EMPTY: Tree = { route: { channels: [] } };

export function reduce(draft: Draft, change: Change): Draft {
  const { tree } = draft;
  switch (change.type) {
    case "set":
      return { ...draft, tree: changed(tree, change.at, (route) => cleaned({ ...route, ...change.fields })) };
    case "add": {
      const count = routeAt(tree, change.at)?.routes?.length ?? 0;
      const added = changed(tree, change.at, (route) => ({ ...route, routes: [...(route.routes ?? []), {}] }));
      return { tree: added, open: [...change.at, count] };
    }
    case "remove":
      return { tree: without(tree, change.at), open: null };
    case "move": {
      const target = targetOf(tree, change.at, change.way);
      const route = routeAt(tree, change.at);
      if (!target || !route) return draft;
      const moved = inserted(without(tree, change.at), target, route);
      // A form that is open stays with its route; others may stand elsewhere now.
      return { tree: moved, open: draft.open && samePlace(draft.open, change.at) ? target : null };
    }
    case "open":
      return { ...draft, open: change.at };
    case "interval": {
      const { [change.name]: _, ...others } = tree.time_intervals ?? {};
      const intervals = change.parts ? { ...tree.time_intervals, [change.name]: change.parts } : others;
      const { time_intervals: __, ...rest } = tree;
      return { ...draft, tree: Object.keys(intervals).length ? { ...rest, time_intervals: intervals } : rest };
    }
    case "begin":
      return { tree: change.tree, open: null };
  }
}

export function routeAt(tree: Tree, at: Place): Route | undefined {
  return at.reduce<Route | undefined>((route, number) => route?.routes?.[number], tree.route);
}

/** The place as the API writes it, e.g. `route.routes.0.routes.2`. */
export function textOf(at: Place): string {
  return ["route", ...at.map((number) => `routes.${number}`)].join(".");
}

/** The place in an address of the API, which may name a field of the route: `route.routes.0.matchers.1`. */
export function placeOf(text: string): Place | null {
  if (!/^route(\.|$)/.test(text)) return null;
  const found = /^route((?:\.routes\.\d+)*)/.exec(text);
  return (found?.[1] ?? "")
    .split(".routes.")
    .filter((part) => part !== "")
    .map(Number);
}

export function samePlace(a: Place, b: Place): boolean {
  return a.length === b.length && a.every((number, at) => number === b[at]);
}

/** Where a move would put a route; null if it cannot move that way. */
export function targetOf(tree: Tree, at: Place, way: Move): Place | null {
  const number = at[at.length - 1];
  if (number === undefined) return null;
  const above = at.slice(0, -1);
  const count = routeAt(tree, above)?.routes?.length ?? 0;
  switch (way) {
    case "up":
      return number > 0 ? [...above, number - 1] : null;
    case "down":
      return number < count - 1 ? [...above, number + 1] : null;
    case "in": {
      if (number === 0) return null;
      const before = [...above, number - 1];
      return [...before, routeAt(tree, before)?.routes?.length ?? 0];
    }
    case "out": {
      const outer = above[above.length - 1];
      return outer === undefined ? null : [...above.slice(0, -1), outer + 1];
    }
  }
}

/** How many routes are below one, at any depth. */
export function countBelow(route: Route): number {
  return (route.routes ?? []).reduce((sum, child) => sum + 1 + countBelow(child), 0);
}

/** The places of routes that differ between two trees; a change of time intervals is not among them. */
export function differing(a: Tree | null, b: Tree | null): string[] {
  const [before, after] = [places(a), places(b)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((place) => before.get(place) !== after.get(place));
}

export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** What is wrong with a route's field, whichever part of it is meant. */
export function errorOf(errors: Record<string, string>, at: Place, field: string): string | undefined {
  const path = `${textOf(at)}.${field}`;
  const found = Object.keys(errors).find((key) => key === path || key.startsWith(`${path}.`));
  return found === undefined ? undefined : errors[found];
}

/** As the API writes a route: what is left out, and what is empty and means the same, is not there. */
function cleaned(route: Route): Route {
  const emptyMeansNone = ["name", "matchers", "channels", "mute_times", "active_times", "routes", "continue"];
  return Object.fromEntries(
    Object.entries(route).filter(
      ([name, value]) =>
        value !== undefined &&
        !(emptyMeansNone.includes(name) && (value === false || (value as string | unknown[]).length === 0)),
    ),
  ) as Route;
}

function changed(tree: Tree, at: Place, change: (route: Route) => Route): Tree {
  return { ...tree, route: changedBelow(tree.route, at, change) };
}

function changedBelow(route: Route, [number, ...rest]: Place, change: (route: Route) => Route): Route {
  if (number === undefined) return change(route);
  return {
    ...route,
    routes: (route.routes ?? []).map((child, n) => (n === number ? changedBelow(child, rest, change) : child)),
  };
}

function without(tree: Tree, at: Place): Tree {
  const number = at[at.length - 1];
  return changed(tree, at.slice(0, -1), (above) =>
    cleaned({ ...above, routes: (above.routes ?? []).filter((_, n) => n !== number) }),
  );
}

function inserted(tree: Tree, at: Place, route: Route): Tree {
  const number = at[at.length - 1] ?? 0;
  return changed(tree, at.slice(0, -1), (above) => {
    const routes = above.routes ?? [];
    return { ...above, routes: [...routes.slice(0, number), route, ...routes.slice(number)] };
  });
}

function places(tree: Tree | null): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (route: Route, at: Place) => {
    const { routes, ...own } = route;
    found.set(textOf(at), canonical(own));
    (routes ?? []).forEach((child, n) => {
      visit(child, [...at, n]);
    });
  };
  if (tree) visit(tree.route, []);
  return found;
}

/** As JSON, with names in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    one && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
