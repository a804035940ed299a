/** What of the board is shown, and how: filters of the address, groups, rows; pure. */

import { type Alert, type AlertState, SEVERITIES, type Severity } from "../../api/types";

export const STATES = ["pending", "firing", "acknowledged"] as const satisfies readonly AlertState[];
export const GROUPINGS = ["none", "severity", "plugin", "rule"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface View {
  severity: readonly Severity[];
  state: readonly AlertState[];
  /** Ids. */
  plugin: readonly string[];
  rule: readonly string[];
  text: string;
  group: Grouping;
}

export const WHOLE: View = { severity: [], state: [], plugin: [], rule: [], text: "", group: "none" };

const among = <T extends string>(known: readonly T[], given: readonly string[]): T[] =>
  known.filter((one) => given.includes(one));

/** Read the view from the address; what it does not know is left out. */
export function viewOf(search: URLSearchParams): View {
  return {
    severity: among(SEVERITIES, search.getAll("severity")),
    state: among(STATES, search.getAll("state")),
    plugin: [...new Set(search.getAll("plugin"))],
    rule: [...new Set(search.getAll("rule"))],
    text: search.get("q") ?? "",
    group: among(GROUPINGS, search.getAll("group"))[0] ?? "none",
  };
}

/** Write it into the address; what is as usual is left out. */
export function searchOf(view: View): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of ["severity", "state", "plugin", "rule"] as const) {
    for (const one of view[name]) search.append(name, one);
  }
  if (view.text) search.set("q", view.text);
  if (view.group !== "none") search.set("group", view.group);
  return search;
}

export function isFiltered(view: View): boolean {
  return view.severity.length + view.state.length + view.plugin.length + view.rule.length > 0 || view.text !== "";
}

const haystacks = new WeakMap<Alert, string>();

function haystack(alert: Alert): string {
  const known = haystacks.get(alert);
  if (known !== undefined) return known;
  const labels = Object.entries(alert.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  const made = [
    ...[alert.rule_name, alert.rule_id, alert.plugin_name, alert.plugin_id, alert.condition, alert.description],
    ...[alert.parent_id, alert.acknowledged_by, alert.assignee, ...labels],
  ]
    .join("\n")
    .toLowerCase();
  haystacks.set(alert, made);
  return made;
}

/** The alerts that pass, in the order given. */
export function filtered(order: readonly Alert[], view: View): readonly Alert[] {
  if (!isFiltered(view)) return order;
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  return order.filter(
    (alert) =>
      (!view.severity.length || view.severity.includes(alert.severity)) &&
      (!view.state.length || view.state.includes(alert.state)) &&
      (!view.plugin.length || view.plugin.includes(alert.plugin_id)) &&
      (!view.rule.length || view.rule.includes(alert.rule_id)) &&
      words.every((word) => haystack(alert).includes(word)),
  );
}

export type Row =
  | { kind: "alert"; key: string; alert: Alert }
  | { kind: "group"; key: string; name: string; count: number; worst: Severity; unacknowledged: number; ids: string[] };

/** The rows of the list: groups in the order of their worst alert, the alerts of those that are open below them. */
export function rowsOf(alerts: readonly Alert[], grouping: Grouping, closed: ReadonlySet<string>): Row[] {
  if (grouping === "none") return alerts.map(rowOf);
  const groups = new Map<string, { head: Extract<Row, { kind: "group" }>; members: Alert[] }>();
  for (const alert of alerts) {
    const [id, name] = placeOf(alert, grouping);
    const key = `${grouping}:${id}`;
    let group = groups.get(key);
    if (!group) {
      const head = { kind: "group" as const, key, name, count: 0, worst: alert.severity, unacknowledged: 0, ids: [] };
      group = { head, members: [] };
      groups.set(key, group);
    }
    group.members.push(alert);
    group.head.ids.push(alert.id);
    group.head.count += 1;
    if (alert.state === "firing") group.head.unacknowledged += 1;
  }
  return [...groups.values()].flatMap(({ head, members }) =>
    closed.has(head.key) ? [head] : [head, ...members.map(rowOf)],
  );
}

function placeOf(alert: Alert, grouping: Grouping): [id: string, name: string] {
  if (grouping === "plugin") return [alert.plugin_id, alert.plugin_name || alert.plugin_id];
  if (grouping === "rule") return [alert.rule_id, alert.rule_name];
  return [alert.severity, alert.severity];
}

const rows = new WeakMap<Alert, Row>();

function rowOf(alert: Alert): Row {
  const known = rows.get(alert);
  if (known) return known;
  const made: Row = { kind: "alert", key: alert.id, alert };
  rows.set(alert, made);
  return made;
}

export interface Facets {
  severity: ReadonlyMap<string, number>;
  state: ReadonlyMap<string, number>;
  /** Id → name. */
  plugin: ReadonlyMap<string, string>;
  rule: ReadonlyMap<string, string>;
}

/** What there is to filter by. */
export function facetsOf(order: readonly Alert[]): Facets {
  const severity = new Map<string, number>();
  const state = new Map<string, number>();
  const plugin = new Map<string, string>();
  const rule = new Map<string, string>();
  for (const alert of order) {
    severity.set(alert.severity, (severity.get(alert.severity) ?? 0) + 1);
    state.set(alert.state, (state.get(alert.state) ?? 0) + 1);
    plugin.set(alert.plugin_id, alert.plugin_name || alert.plugin_id);
    rule.set(alert.rule_id, alert.rule_name);
  }
  return { severity, state, plugin, rule };
}
