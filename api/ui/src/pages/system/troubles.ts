/** What is missing or degraded, worst first: each becomes a sentence and what to do. Pure. */

import type { Status } from "../../api/system";

export type TroubleKind =
  | "evaluator"
  | "router"
  | "worker"
  | "relay"
  | "unowned"
  | "notReady"
  | "lagging"
  | "memory"
  | "server"
  | "noRules"
  | "archive"
  | "archiveSize"
  | "failing"
  | "deadNotifications"
  | "deadLetters"
  | "unreadable";

export interface Trouble {
  kind: TroubleKind;
  isSevere: boolean;
  values: { count: number; names: string };
  /** What to type. */
  command?: string;
  /** Where to look. */
  href?: string;
}

/** An evaluator takes thousands a second: what stands behind this many is not a moment's backlog. */
const LAG = 5_000;
const MEMORY_SHARE = 0.8;
/** What a recorder reports as dropped for lack of room, and the setting that would still keep it. */
const KEPT_BY: Record<string, string> = {
  dropped_to_ms: "ARCHIVE_KEEP_DAYS",
  dropped_rollups_to_ms: "ARCHIVE_ROLLUP_DAYS",
  dropped_alerts_to_ms: "ARCHIVE_ALERT_DAYS",
};

export function troublesOf(status: Status): Trouble[] {
  const found: Trouble[] = [];
  const add = (
    kind: TroubleKind,
    isSevere: boolean,
    names: readonly string[],
    more: Pick<Trouble, "command" | "href"> = {},
    count = names.length,
  ) => found.push({ kind, isSevere, values: { count, names: names.join(", ") }, ...more });

  for (const name of status.missing) {
    if (name === "evaluator" || name === "router" || name === "worker" || name === "relay") {
      add(name, true, [name], { command: `enhanced-alerts ${name}` });
    }
  }
  const unowned = status.partitions.filter((one) => !one.owner).map((one) => String(one.partition));
  if (unowned.length && !status.missing.includes("evaluator")) add("unowned", true, unowned);
  const idle = status.processes.filter((one) => !one.ready && !status.missing.includes(one.component));
  if (idle.length) add("notReady", false, [...new Set(idle.map((one) => `${one.component} (${one.pid})`))]);
  const behind = status.partitions.filter((one) => (one.lag ?? 0) > LAG);
  if (behind.length) {
    const waiting = behind.reduce((sum, one) => sum + (one.lag ?? 0), 0);
    const numbers = behind.map((one) => String(one.partition));
    add("lagging", false, numbers, { command: "enhanced-alerts evaluator" }, waiting);
  }
  const { used_bytes, limit_bytes } = status.memory;
  const share = limit_bytes ? used_bytes / limit_bytes : 0;
  if (share > MEMORY_SHARE) add("memory", share > 0.95, [], {}, Math.round(100 * share));
  if (status.trouble) add("server", true, [status.trouble]);
  const away = status.processes.flatMap((one) => (one.component === "recorder" ? (one.detail.archive ?? []) : []));
  if (away.length) add("archive", false, [...new Set(away)]);
  const small = Object.keys(KEPT_BY).filter((name) => status.processes.some((one) => one.detail[name]));
  if (small.length)
    add(
      "archiveSize",
      false,
      small.map((name) => KEPT_BY[name] ?? ""),
    );
  if (!status.rules.enabled) add("noRules", false, [], { href: "/rules" });
  const failing = Object.keys(status.failing_channels);
  if (failing.length) add("failing", true, failing, { href: "/channels" });
  const dead = status.dead_notifications;
  if (dead) add("deadNotifications", false, [], { href: "/channels" }, dead);
  const letters = status.partitions.reduce((sum, one) => sum + one.dead_letters, 0);
  if (letters) add("deadLetters", false, [], {}, letters);
  const unreadable = Object.keys(status.unreadable_rules);
  if (unreadable.length) add("unreadable", true, unreadable, { href: "/rules" });
  return found.sort((a, b) => Number(b.isSevere) - Number(a.isSevere));
}
