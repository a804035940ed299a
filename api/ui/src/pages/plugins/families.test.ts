import { expect, it } from "vitest";
import type { Plugin } from "../../api/system";
import { families, summaryOf } from "./families";

const aPlugin = (plugin_id: string, parent_id = "", fields: Partial<Plugin> = {}): Plugin => ({
  plugin_id,
  plugin_name: plugin_id,
  parent_id,
  last_at_ms: 1,
  labels: {},
  metrics: {},
  states: {},
  active_alerts: 0,
  severity: null,
  ...fields,
});
const folded = (plugins: Plugin[], shown = plugins) =>
  families(shown, plugins).map(({ id, parent, children }) => [
    id,
    parent?.plugin_id ?? null,
    children.map((one) => one.plugin_id),
  ]);

it("keeps the order of the first of each family", () => {
  expect(folded([aPlugin("d1", "h"), aPlugin("x"), aPlugin("h"), aPlugin("d2", "h")])).toEqual([
    ["h", "h", ["d1", "d2"]],
    ["x", "x", []],
  ]);
});

it("does without a parent that has not published, or that the search leaves out", () => {
  expect(folded([aPlugin("d", "h")])).toEqual([["h", null, ["d"]]]);
  expect(folded([aPlugin("d", "h"), aPlugin("h")], [aPlugin("d", "h")])).toEqual([["h", null, ["d"]]]);
});

it("makes one family of all that is below one topmost parent", () => {
  const plugins = [aPlugin("partition", "disk"), aPlugin("disk", "host"), aPlugin("host", "rack")];

  expect(folded(plugins)).toEqual([["rack", null, ["partition", "disk", "host"]]]);
});

it.each([
  [[aPlugin("b", "a"), aPlugin("a", "b")], [["a", "a", ["b"]]]],
  [[aPlugin("a", "a")], [["a", "a", []]]],
  [[aPlugin("x", "b"), aPlugin("c", "b"), aPlugin("b", "c")], [["b", "b", ["x", "c"]]]],
])("takes the first by id of parents that form a circle", (plugins, expected) => {
  expect(folded(plugins)).toEqual(expected);
  expect(folded([...plugins].reverse()).map(([id]) => id)).toEqual(expected.map(([id]) => id));
});

it("loses no plugin and repeats none, whatever the parents", () => {
  // A fixed sequence of pseudo-random numbers.
  let state = 7;
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  for (let round = 0; round < 200; round += 1) {
    const plugins = Array.from({ length: 12 }, (_, n) => aPlugin(`p${n}`, below(3) ? `p${below(15)}` : ""));
    const shown = plugins.filter(() => below(2));
    const found = families(shown, plugins).flatMap(({ parent, children }) =>
      parent ? [parent, ...children] : children,
    );

    expect(found.map((one) => one.plugin_id).sort()).toEqual(shown.map((one) => one.plugin_id).sort());
  }
});

it("folds a chain of ten thousand", () => {
  const chain = Array.from({ length: 10_000 }, (_, n) => aPlugin(`p${n}`, n ? `p${n - 1}` : ""));

  expect(families(chain.reverse(), chain)).toHaveLength(1);
});

it("says the worst of all in a family, and when one was last heard", () => {
  const plugins = [
    aPlugin("d1", "h", { last_at_ms: 5, active_alerts: 2, severity: "warning" }),
    aPlugin("d2", "h", { last_at_ms: 3, active_alerts: 1, severity: "critical" }),
    aPlugin("h", "", { last_at_ms: 9 }),
  ];
  const summaries = families(plugins, plugins).map(summaryOf);

  expect(summaries).toEqual([{ lastAtMs: 9, openAlerts: 3, worst: "critical" }]);
});
