import { expect, it } from "vitest";
import type { Rule } from "../../api/rules";
import {
  bodyOf,
  changedFields,
  conditionOfKind,
  copyOf,
  draftOf,
  firings,
  limitsOf,
  NEW_RULE,
  reduce,
  withOneSubject,
} from "./draft";
import { fits, listed } from "./rows";

const KINDS = {
  threshold: { properties: { operator: { enum: [">"] }, threshold: { type: "number" }, metric: { type: "string" } } },
  window: {
    properties: {
      metric: { type: "string" },
      threshold: { type: "number" },
      seconds: { type: "number", default: 300 },
      statistic: { enum: ["avg"] },
    },
  },
  compound: { properties: { conditions: { type: "array", items: { type: "object", additionalProperties: true } } } },
};

const rule = (fields: Partial<Rule> = {}): Rule =>
  ({
    ...NEW_RULE,
    id: "cpu",
    name: "CPU",
    condition: { kind: "threshold", metric: "cpu", operator: ">", threshold: 80 },
    metric: "cpu",
    operator: ">",
    threshold: 80,
    source: "file:a.toml",
    edited: false,
    revision: 3,
    ...fields,
  }) as unknown as Rule;

it("keeps what both kinds of condition know", () => {
  const after = conditionOfKind({ kind: "threshold", metric: "cpu", threshold: 80, operator: ">" }, "window", KINDS);

  expect(after).toEqual({ kind: "window", metric: "cpu", threshold: 80, seconds: 300 });
});

it("sends one spelling of the condition, without what the store sets or another kind left", () => {
  const draft = reduce(draftOf(rule()), { type: "kind", kind: "window", kinds: KINDS });
  const body = bodyOf(draft, KINDS) as unknown as Record<string, unknown>;

  expect(body.condition).toEqual({ kind: "window", metric: "cpu", threshold: 80, seconds: 300 });
  for (const name of ["metric", "operator", "threshold", "source", "edited", "revision"]) {
    expect(body).not.toHaveProperty(name);
  }
});

it("is about a metric or a formula, and sends that one alone", () => {
  const nullable = (type: string) => ({ anyOf: [{ type }, { type: "null" }], default: null });
  const kinds = { threshold: { properties: { metric: nullable("string"), formula: nullable("string") } } };
  const before = { kind: "threshold", metric: "cpu", formula: null };
  const ofFormula = withOneSubject(before, { ...before, formula: "a / b" });
  const ofMetric = withOneSubject(ofFormula, { ...ofFormula, metric: "cpu" });

  expect(ofFormula).toEqual({ kind: "threshold", metric: null, formula: "a / b" });
  expect(ofMetric).toEqual(before);
  expect((bodyOf({ ...NEW_RULE, condition: ofFormula }, kinds) as { condition: unknown }).condition).toEqual({
    kind: "threshold",
    formula: "a / b",
  });
});

it("cleans the parts of a compound by their own kinds", () => {
  const part = { kind: "threshold", metric: "cpu", threshold: 1, operator: ">", seconds: 5 };
  const draft = { ...NEW_RULE, condition: { kind: "compound", conditions: [part] } };

  expect((bodyOf(draft, KINDS) as { condition: unknown }).condition).toEqual({
    kind: "compound",
    conditions: [{ kind: "threshold", metric: "cpu", threshold: 1, operator: ">" }],
  });
});

it("copies without the id", () => {
  expect(copyOf(rule(), "CPU (copy)")).toMatchObject({ id: "", name: "CPU (copy)", severity: "warning" });
});

it("says what differs between two versions", () => {
  expect(changedFields(rule(), rule({ severity: "critical", revision: 4, edited: true }))).toEqual(["severity"]);
});

it("draws the limits of values, also those inside a compound, not of counts and rates", () => {
  const inner = { kind: "threshold", metric: "cpu", operator: ">", threshold: 80 };
  const condition = {
    kind: "compound",
    conditions: [inner, { kind: "rate", metric: "cpu", operator: ">", threshold: 5 }],
  };

  expect(limitsOf(condition)).toEqual([{ metric: "cpu", operator: ">", value: 80 }]);
  expect(limitsOf({ kind: "window", statistic: "count", metric: "cpu", operator: ">", threshold: 5 })).toEqual([]);
});

it.each([
  [0, 2],
  [1_000, 1],
  [5_000, 0],
])("counts firings that held for %d ms: %d", (forMs, expected) => {
  const samples = [
    [0, 90],
    [1_000, 95],
    [2_000, 10],
    [3_000, 99],
    [3_500, 20],
  ] as const;

  expect(firings(samples, { metric: "cpu", operator: ">", value: 80 }, forMs)).toBe(expected);
});

it("lists worst first, by text, severity, switch and plugin", () => {
  const rules = [
    rule({ id: "a", name: "A" }),
    rule({ id: "b", name: "B", severity: "critical", plugins: "pay-*" }),
    rule({ id: "c", name: "C", enabled: false }),
  ];
  const all = { text: "", severity: "", enabled: "", plugin: "" } as const;
  const ids = (filter: Partial<Parameters<typeof listed>[2]>) =>
    listed(rules, { a: { en: "cpu > 80", ko: "" } }, { ...all, ...filter }).map((one) => one.id);

  expect(ids({})).toEqual(["b", "a", "c"]);
  expect(ids({ text: "cpu 80" })).toEqual(["a"]);
  expect(ids({ enabled: "no" })).toEqual(["c"]);
  expect(ids({ severity: "critical" })).toEqual(["b"]);
  expect(ids({ plugin: "db-1" })).toEqual(["a", "c"]);
});

it.each([
  ["pay-1", "pay-*", true],
  ["pay.1", "pay?1", true],
  ["payx1", "pay.1", false],
  ["pay-1", "pay-[!1]", false],
])("fits %s to %s: %s", (text, glob, expected) => {
  expect(fits(text, glob)).toBe(expected);
});
