/** Which rules watch a plugin, as the evaluators decide it (shared/model/rules.py, evaluator/index.py). Pure. */

import type { Plugin, Rule } from "../../api/system";

type Scope = Pick<Rule, "id" | "plugin_id" | "plugins" | "labels" | "overrides" | "enabled">;

/** How the ids of the plugins begin that stand for groups of a fleet rule: `fleet:<rule>/<group>`. */
const GROUP = "fleet:";

/** Rules in whose scope the plugin is, those replaced by its own rule left out; switched-off ones are among them. */
export function rulesFor<R extends Scope>(rules: readonly R[], plugin: Pick<Plugin, "plugin_id" | "labels">): R[] {
  if (plugin.plugin_id.startsWith(GROUP)) {
    const [owner] = plugin.plugin_id.slice(GROUP.length).split("/");
    return rules.filter((rule) => rule.id === owner);
  }
  const covering = rules.filter((rule) => covers(rule, plugin));
  const own = new Set(covering.filter((rule) => rule.plugin_id !== null && rule.enabled).map((rule) => rule.overrides));
  return covering.filter((rule) => rule.plugin_id !== null || rule.overrides === null || !own.has(rule.overrides));
}

function covers(rule: Scope, plugin: Pick<Plugin, "plugin_id" | "labels">): boolean {
  if (rule.plugin_id !== null && rule.plugin_id !== plugin.plugin_id) return false;
  if (rule.plugins !== null && !matches(plugin.plugin_id, rule.plugins)) return false;
  return Object.entries(rule.labels ?? {}).every(([name, glob]) => matches(plugin.labels[name] ?? "", glob));
}

/** As Python's fnmatchcase: `*`, `?`, `[ab]`, `[!ab]`. */
export function matches(text: string, glob: string): boolean {
  const pattern = glob.replace(/\[(!?)([^\]]+)\]|\*|\?|[\\^$.|+(){}[\]]/g, (found, not?: string, set?: string) => {
    if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\\]^]/g, "\\$&")}]`;
    if (found === "*") return "[\\s\\S]*";
    return found === "?" ? "[\\s\\S]" : `\\${found}`;
  });
  return new RegExp(`^${pattern}$`, "u").test(text);
}

/** The lines a metric is held against by rules on single samples: what a chart of it draws. */
export function thresholdsOf(rules: readonly Rule[], metric: string): { value: number; rule: Rule }[] {
  return rules
    .filter((rule) => rule.enabled)
    .flatMap((rule) => {
      const condition = rule.condition ?? { kind: "threshold", metric: rule.metric, threshold: rule.threshold };
      const isMeant = condition.kind === "threshold" && condition.metric === metric;
      const value = condition.threshold;
      return isMeant && typeof value === "number" ? [{ value, rule }] : [];
    });
}

/** Whether a plugin answers a search: any word of its id, name, parent, labels, metrics or states. */
export function answers(plugin: Plugin, search: string): boolean {
  const text = [
    plugin.plugin_id,
    plugin.plugin_name,
    plugin.parent_id,
    ...Object.entries(plugin.labels).map(([name, value]) => `${name}=${value}`),
    ...Object.keys(plugin.metrics),
    ...Object.entries(plugin.states).flat(),
  ]
    .join("\n")
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
