/** Active alerts and the banner as the feed changes them; pure. */

import { type Alert, SEVERITIES } from "../api/types";
import type { Entry } from "./socket";

/** Channel → the news it was last told. */
export type Told = Readonly<Record<string, string>>;

export interface Board {
  /** By id; those that are not resolved. */
  alerts: ReadonlyMap<string, Alert>;
  /** The same, worst first. Kept in order change by change: sorting ten thousand anew would take longer than a frame. */
  order: readonly Alert[];
  /** Who was told of each. */
  told: ReadonlyMap<string, Told>;
  /** Resolved lately, id → version: older news of them, still under way, must not bring them back. */
  gone: ReadonlyMap<string, number>;
  /** How many there are while the rest is still being read; null once all are here. */
  expected: number | null;
}

export const EMPTY_BOARD: Board = {
  alerts: new Map(),
  order: [],
  told: new Map(),
  gone: new Map(),
  expected: null,
};
const REMEMBER_GONE = 5_000;

type Said = "id" | "rule_id" | "rule_name" | "plugin_id" | "plugin_name" | "severity" | "state" | "channels";
/** What the feed leaves out of an alert that has nothing to say there. */
const UNSAID: Omit<Alert, Said | "condition" | "started_at_ms"> = {
  parent_id: "",
  metric: "",
  value: null,
  threshold: null,
  labels: {},
  description: "",
  runbook_url: "",
  fired_at_ms: 0,
  acknowledged_at_ms: 0,
  acknowledged_by: "",
  acknowledged_by_principal: "",
  resolved_at_ms: 0,
  resolved_by: "",
  resolved_by_principal: "",
  reason: "",
  reason_code: "",
  reason_values: {},
  episode: 0,
  announced_episode: 0,
  hold_until_ms: 0,
  policy: {
    repeat_ms: 0,
    escalation: [],
    cooldown_ms: 0,
    title_template: "",
    body_template: "",
    group_by: "rule",
    inhibited_by: [],
    equal: [],
    group_labels: null,
    group_wait_ms: null,
    group_interval_ms: null,
  },
  let_through_at_ms: 0,
  suppressed: {},
  suppressed_reasons: {},
  assignee: "",
  reminders: 0,
  escalated: 0,
  group: "",
  external: null,
  routes: [],
  muted: {},
  version: 0,
  updated_at_ms: 0,
  request_id: "",
};

/** Take up what a page of the API said. */
export function withPage(board: Board, page: { alerts: readonly Alert[]; told?: Record<string, Told> }): Board {
  const taken = withAlerts(board, page.alerts);
  const told = Object.entries(page.told ?? {}).filter(([id, channels]) => taken.alerts.has(id) && hasAny(channels));
  return told.length ? { ...taken, told: new Map([...taken.told, ...told]) } : taken;
}

/** Take up what the feed said: alerts, and who was told of them. */
export function withEntries(board: Board, entries: readonly Entry[]): Board {
  const taken = withAlerts(board, alertsOf(entries));
  let told: Map<string, Told> | null = null;
  for (const { type, data } of entries) {
    if (type !== "notification") continue;
    const { channel, outcome, told: news } = data as { channel: string; outcome: string; told: Told };
    if (outcome !== "sent") continue;
    for (const [id, what] of Object.entries(news)) {
      if (!taken.alerts.has(id)) continue;
      told ??= new Map(taken.told);
      told.set(id, { ...told.get(id), [channel]: what });
    }
  }
  return told ? { ...taken, told } : taken;
}

/** Take up *changed* alerts, from the feed or from an answer; what is older than what is known is left. */
export function withAlerts(board: Board, changed: Iterable<Alert>): Board {
  let alerts: Map<string, Alert> | null = null;
  let gone: Map<string, number> | null = null;
  const touched = new Set<string>();
  for (const alert of changed) {
    const known = (alerts ?? board.alerts).get(alert.id)?.version ?? (gone ?? board.gone).get(alert.id) ?? -1;
    if (alert.version <= known) continue;
    alerts ??= new Map(board.alerts);
    gone ??= new Map(board.gone);
    touched.add(alert.id);
    if (alert.state === "resolved") {
      alerts.delete(alert.id);
      gone.delete(alert.id);
      gone.set(alert.id, alert.version);
    } else {
      alerts.set(alert.id, alert);
      gone.delete(alert.id);
    }
  }
  if (!alerts || !gone) return board;
  for (const id of gone.keys()) {
    if (gone.size <= REMEMBER_GONE) break;
    gone.delete(id);
  }
  return { ...board, alerts, gone, told: without(board.told, gone), order: reordered(board.order, touched, alerts) };
}

function without(told: Board["told"], gone: ReadonlyMap<string, number>): Board["told"] {
  let left: Map<string, Told> | null = null;
  for (const id of gone.keys()) {
    if (!told.has(id)) continue;
    left ??= new Map(told);
    left.delete(id);
  }
  return left ?? told;
}

/** The order after *touched* alerts changed: the others keep their places, the touched are merged in. */
function reordered(
  order: readonly Alert[],
  touched: ReadonlySet<string>,
  alerts: ReadonlyMap<string, Alert>,
): readonly Alert[] {
  const inserted = [...touched].flatMap((id) => alerts.get(id) ?? []).sort(worstFirst);
  const merged: Alert[] = [];
  let next = 0;
  for (const alert of order) {
    if (touched.has(alert.id)) continue;
    while (next < inserted.length && worstFirst(inserted[next] as Alert, alert) < 0) {
      merged.push(inserted[next] as Alert);
      next += 1;
    }
    merged.push(alert);
  }
  while (next < inserted.length) {
    merged.push(inserted[next] as Alert);
    next += 1;
  }
  return merged;
}

function hasAny(channels: Told): boolean {
  for (const _ in channels) return true;
  return false;
}

function whole(said: Alert): Alert {
  const policy = said.policy as Partial<Alert["policy"]> | undefined;
  return { ...UNSAID, ...said, policy: { ...UNSAID.policy, ...policy } as Alert["policy"] };
}

/** The alerts that entries of the feed carry; the newest of each. */
export function alertsOf(entries: readonly Entry[]): Alert[] {
  const newest = new Map<string, Alert>();
  for (const { type, data } of entries) {
    if (!type.startsWith("alert.")) continue;
    const alert = whole(data as Alert);
    if ((newest.get(alert.id)?.version ?? -1) < alert.version) newest.set(alert.id, alert);
  }
  return [...newest.values()];
}

interface Message {
  items: { news: string; alert: Alert }[];
}

/** The banner holds what the `dashboard` channel told, until it is acknowledged or over. Worst first. */
export function withBanner(banner: readonly Alert[], entries: readonly Entry[]): readonly Alert[] {
  const held = new Map(banner.map((alert) => [alert.id, alert]));
  const touched = new Set<string>();
  for (const { type, data } of entries) {
    if (type === "banner") {
      for (const { alert } of (data as Message).items) {
        if (alert.state !== "firing") continue;
        held.set(alert.id, alert);
        touched.add(alert.id);
      }
    } else if (type.startsWith("alert.")) {
      const alert = data as Alert;
      if (alert.state !== "firing" && held.delete(alert.id)) touched.add(alert.id);
    }
  }
  return touched.size ? reordered(banner, touched, held) : banner;
}

const RANK = Object.fromEntries(SEVERITIES.map((severity, rank) => [severity, rank])) as Record<string, number>;

/** Order of the board: what nobody has acknowledged first; of these and of the others the worst, then the longest. */
export function worstFirst(a: Alert, b: Alert): number {
  return (
    Number(a.state === "acknowledged") - Number(b.state === "acknowledged") ||
    (RANK[a.severity] ?? -1) - (RANK[b.severity] ?? -1) ||
    a.started_at_ms - b.started_at_ms ||
    (a.id < b.id ? -1 : 1)
  );
}
