/** Active alerts and the banner as the feed changes them; pure. */

import { type Alert, SEVERITIES } from "../api/types";
import type { Entry } from "./socket";

export interface Board {
  /** By id; those that are not resolved. */
  alerts: ReadonlyMap<string, Alert>;
  /** Resolved lately, id → version: older news of them, still under way, must not bring them back. */
  gone: ReadonlyMap<string, number>;
}

export const EMPTY_BOARD: Board = { alerts: new Map(), gone: new Map() };
const REMEMBER_GONE = 5_000;

/** Take up *changed* alerts, from the feed or from an answer; what is older than what is known is left. */
export function withAlerts(board: Board, changed: Iterable<Alert>): Board {
  let alerts: Map<string, Alert> | null = null;
  let gone: Map<string, number> | null = null;
  for (const alert of changed) {
    const known = (alerts ?? board.alerts).get(alert.id)?.version ?? (gone ?? board.gone).get(alert.id) ?? -1;
    if (alert.version <= known) continue;
    alerts ??= new Map(board.alerts);
    gone ??= new Map(board.gone);
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
  return { alerts, gone };
}

/** The alerts that entries of the feed carry; the newest of each. */
export function alertsOf(entries: readonly Entry[]): Alert[] {
  const newest = new Map<string, Alert>();
  for (const { type, data } of entries) {
    if (!type.startsWith("alert.")) continue;
    const alert = data as Alert;
    if ((newest.get(alert.id)?.version ?? -1) < alert.version) newest.set(alert.id, alert);
  }
  return [...newest.values()];
}

interface Told {
  items: { news: string; alert: Alert }[];
}

/** The banner holds what the `dashboard` channel told, until it is acknowledged or over. */
export function withBanner(banner: readonly Alert[], entries: readonly Entry[]): readonly Alert[] {
  const held = new Map(banner.map((alert) => [alert.id, alert]));
  let isChanged = false;
  for (const { type, data } of entries) {
    if (type === "banner") {
      for (const { alert } of (data as Told).items) {
        if (alert.state !== "firing") continue;
        held.set(alert.id, alert);
        isChanged = true;
      }
    } else if (type.startsWith("alert.")) {
      const alert = data as Alert;
      if (alert.state !== "firing" && held.delete(alert.id)) isChanged = true;
    }
  }
  return isChanged ? [...held.values()].sort(worstFirst) : banner;
}

/** Order of the board: worst first, then the longest-lasting. */
export function worstFirst(a: Alert, b: Alert): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    a.started_at_ms - b.started_at_ms ||
    (a.id < b.id ? -1 : 1)
  );
}
