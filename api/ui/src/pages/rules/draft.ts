/** The rule as it is being written: a pure reducer, and what is sent of it. */

import type { Rule, RuleBody } from "../../api/rules";
import type { Severity } from "../../api/types";
import { initialOf, type JsonSchema, sendable, type Values } from "../../parts/schema-form/schema";
import type { LabelMatcher } from "./matchers";

export const WHEN_GONE = ["resolve", "hold", "fire"] as const;
export type WhenGone = (typeof WHEN_GONE)[number];

export interface Draft {
  /** Only for a new rule; empty: it gets one. */
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  severity: Severity;
  condition: Values;
  plugin_id: string | null;
  plugins: string | null;
  labels: Record<string, string>;
  label_matchers: LabelMatcher[];
  channels: string[];
  cooldown_minutes: number | null;
  for_seconds: number | null;
  recover: { threshold: number | null; for_seconds: number | null } | null;
  auto_resolve: boolean;
  when_gone: WhenGone;
  gone_after_seconds: number | null;
  repeat_minutes: number | null;
  escalation: { after_minutes: number | null; channels: string[] }[];
  title_template: string;
  body_template: string;
  group_by: string;
  inhibited_by: string[];
  equal: string[];
  overrides: string | null;
  runbook_url: string;
}

export type Kinds = Record<string, JsonSchema>;

export type Change =
  | { type: "set"; fields: Partial<Draft> }
  | { type: "kind"; kind: string; kinds: Kinds }
  | { type: "replace"; draft: Draft };

export const NEW_RULE: Draft = {
  id: "",
  name: "",
  description: "",
  enabled: true,
  severity: "warning",
  condition: { kind: "threshold", operator: ">" },
  plugin_id: null,
  plugins: null,
  labels: {},
  label_matchers: [],
  channels: ["web", "dashboard"],
  cooldown_minutes: 5,
  for_seconds: 0,
  recover: null,
  auto_resolve: true,
  when_gone: "resolve",
  gone_after_seconds: null,
  repeat_minutes: null,
  escalation: [],
  title_template: "",
  body_template: "",
  group_by: "rule",
  inhibited_by: [],
  equal: [],
  overrides: null,
  runbook_url: "",
};

export function reduce(draft: Draft, change: Change): Draft {
  switch (change.type) {
    case "set":
      return { ...draft, ...change.fields };
    case "kind":
      return { ...draft, condition: conditionOfKind(draft.condition, change.kind, change.kinds) };
    case "replace":
      return change.draft;
  }
}

/** A condition of another kind that keeps what both know, e.g. the metric and the limit. */
export function conditionOfKind(before: Values, kind: string, kinds: Kinds): Values {
  const schema = kinds[kind] ?? {};
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => name in (schema.properties ?? {})));
  return { ...initialOf(schema), ...kept, kind };
}

/** A condition is about a metric or a formula: what was just written replaces the other. */
export function withOneSubject(before: Values, after: Values): Values {
  if (after.formula && after.formula !== before.formula && after.metric) return { ...after, metric: null };
  if (after.metric && after.metric !== before.metric && after.formula) return { ...after, formula: null };
  return after;
}

export function draftOf(rule: Rule): Draft {
  const names = Object.keys(NEW_RULE) as (keyof Draft)[];
  const known = Object.fromEntries(names.map((name) => [name, (rule as Values)[name] ?? NEW_RULE[name]]));
  return { ...known, condition: rule.condition ?? {} } as unknown as Draft;
}

/** A new rule like *rule*, under a name that says so. */
export function copyOf(rule: Rule, name: string): Draft {
  return { ...draftOf(rule), id: "", name };
}

/** What is sent. Conditions are cleaned by their kinds' schemas, so that a field of another kind cannot remain. */
export function bodyOf(draft: Draft, kinds: Kinds): RuleBody {
  const { id, recover, ...rest } = draft;
  const body = {
    ...rest,
    ...(id.trim() ? { id: id.trim() } : {}),
    name: draft.name.trim(),
    condition: sentCondition(draft.condition, kinds),
    labels: Object.fromEntries(Object.entries(draft.labels).filter(([name]) => name.trim())),
    cooldown_minutes: draft.cooldown_minutes ?? 0,
    for_seconds: draft.for_seconds ?? 0,
    recover: recover && { ...recover, for_seconds: recover.for_seconds ?? 0 },
  };
  return body as unknown as RuleBody;
}

function sentCondition(condition: Values, kinds: Kinds): Values {
  const kind = String(condition.kind ?? "");
  const schema = kinds[kind];
  if (!schema) return condition;
  const sent = sendable(schema, condition);
  for (const [name, value] of Object.entries(sent)) {
    // What is not set is left out: servers of an earlier release know fewer fields.
    if (value === null) delete sent[name];
    // Parts whose fields the schema leaves open are conditions themselves.
    if (Array.isArray(value) && value.some((one) => isCondition(one))) {
      sent[name] = value.map((one) => (isCondition(one) ? sentCondition(one, kinds) : one));
    }
  }
  return { kind, ...sent };
}

function isCondition(value: unknown): value is Values {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Fields in which two versions differ, e.g. to say what somebody else has changed. */
export function changedFields(before: Rule, after: Rule): string[] {
  const aside = new Set(["revision", "edited", "source", "metric", "operator", "threshold"]);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !aside.has(name) && JSON.stringify((before as Values)[name]) !== JSON.stringify((after as Values)[name]),
  );
}

export interface Limit {
  metric: string;
  operator: string;
  value: number;
}

/** Limits of *condition* that can be drawn across the metric's own values: not those of a count or a rate. */
export function limitsOf(condition: Values): Limit[] {
  const { kind, metric, operator, threshold, statistic, of } = condition;
  const isOfValues =
    kind === "threshold" ||
    (kind === "window" && of !== "rate" && !["sum", "count", "stddev"].includes(String(statistic)));
  const own =
    isOfValues && typeof metric === "string" && typeof threshold === "number"
      ? [{ metric, operator: String(operator), value: threshold }]
      : [];
  const parts = Object.values(condition).flatMap((value) => (Array.isArray(value) ? value.filter(isCondition) : []));
  return [...own, ...parts.flatMap(limitsOf)];
}

const HOLDS: Record<string, (value: number, limit: number) => boolean> = {
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  "==": (value, limit) => value === limit,
  "!=": (value, limit) => value !== limit,
};

/** How often a threshold rule would have fired on *samples*: it holds for *forMs*, until a sample is on the other side. */
export function firings(samples: readonly (readonly [number, number])[], limit: Limit, forMs: number): number {
  const holds = HOLDS[limit.operator] ?? (() => false);
  let count = 0;
  let sinceMs: number | null = null;
  let isFiring = false;
  for (const [atMs, value] of samples) {
    if (!holds(value, limit.value)) {
      sinceMs = null;
      isFiring = false;
      continue;
    }
    sinceMs ??= atMs;
    if (!isFiring && atMs - sinceMs >= forMs) {
      isFiring = true;
      count += 1;
    }
  }
  return count;
}
