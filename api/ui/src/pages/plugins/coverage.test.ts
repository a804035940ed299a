import { expect, it } from "vitest";
import type { Plugin, Rule } from "../../api/system";
import { answers, matches, rulesFor, thresholdsOf } from "./coverage";

const aRule = (fields: Partial<Rule>): Rule =>
  ({
    id: "r",
    plugin_id: null,
    plugins: null,
    labels: {},
    overrides: null,
    enabled: true,
    condition: null,
    metric: "cpu",
    threshold: 80,
    ...fields,
  }) as Rule;
const plugin = { plugin_id: "web-1", labels: { region: "kr-seoul" } };
const ids = (...rules: Rule[]) => rulesFor(rules, plugin).map((rule) => rule.id);

it.each([
  ["web-1", "web-*", true],
  ["web-1", "web-?", true],
  ["web-1", "web-[12]", true],
  ["web-1", "web-[!12]", false],
  ["web.1", "web-1", false],
  ["a+b", "a+b", true],
  ["웹-1", "웹-?", true],
  ["Web-1", "web-1", false],
  ["a[b", "a[b", true],
])("%s against %s is %s", (text, glob, expected) => {
  expect(matches(text, glob)).toBe(expected);
});

it("finds the rules whose scope holds the plugin", () => {
  const found = ids(
    aRule({ id: "all" }),
    aRule({ id: "own", plugin_id: "web-1" }),
    aRule({ id: "other", plugin_id: "web-2" }),
    aRule({ id: "glob", plugins: "web-*" }),
    aRule({ id: "korea", labels: { region: "kr-*" } }),
    aRule({ id: "japan", labels: { region: "jp-*" } }),
    aRule({ id: "team", labels: { team: "?*" } }),
  );

  expect(found).toEqual(["all", "own", "glob", "korea"]);
});

it("leaves out a general rule that the plugin's own replaces, while that is on", () => {
  const general = aRule({ id: "general", overrides: "cpu" });

  expect(ids(general, aRule({ id: "own", plugin_id: "web-1", overrides: "cpu" }))).toEqual(["own"]);
  expect(ids(general, aRule({ id: "own", plugin_id: "web-1", overrides: "cpu", enabled: false }))).toEqual([
    "general",
    "own",
  ]);
});

it("draws lines of rules on single samples alone", () => {
  const rules = [
    aRule({ id: "short" }),
    aRule({ id: "long", condition: { kind: "threshold", metric: "cpu", operator: ">", threshold: 95 } }),
    aRule({ id: "mean", condition: { kind: "window", metric: "cpu", threshold: 70 } }),
    aRule({ id: "off", enabled: false }),
  ];

  expect(thresholdsOf(rules, "cpu").map((line) => line.value)).toEqual([80, 95]);
  expect(thresholdsOf(rules, "memory")).toEqual([]);
});

it("is found by any word it carries", () => {
  const one = {
    ...plugin,
    plugin_name: "결제 서버",
    metrics: { cpu: 1 },
    states: { status: "running" },
  } as unknown as Plugin;

  expect(["결제", "SEOUL cpu", "status run", ""].every((search) => answers(one, search))).toBe(true);
  expect(answers(one, "cpu tokyo")).toBe(false);
});

it("finds for the plugin of a group its fleet rule alone", () => {
  const rules = [aRule({ id: "all" }), aRule({ id: "web_busy" }), aRule({ id: "web" })];
  const group = { plugin_id: "fleet:web_busy/kr", labels: { region: "kr" } };

  expect(rulesFor(rules, group).map((rule) => rule.id)).toEqual(["web_busy"]);
});
