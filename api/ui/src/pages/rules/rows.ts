/** Which rules are listed, by what the address says. Pure. */

import type { Rule } from "../../api/rules";
import { SEVERITIES } from "../../api/types";

export interface Filter {
  text: string;
  severity: string;
  enabled: "" | "yes" | "no";
  plugin: string;
}

export function filterOf(search: URLSearchParams): Filter {
  const enabled = search.get("enabled");
  return {
    text: search.get("q") ?? "",
    severity: search.get("severity") ?? "",
    enabled: enabled === "yes" || enabled === "no" ? enabled : "",
    plugin: search.get("plugin") ?? "",
  };
}

/** By severity, worst first, then by name. */
export function listed(
  rules: readonly Rule[],
  words: Record<string, { en: string; ko: string }>,
  filter: Filter,
): Rule[] {
  const wanted = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rules
    .filter((rule) => {
      if (filter.severity && rule.severity !== filter.severity) return false;
      if (filter.enabled && rule.enabled !== (filter.enabled === "yes")) return false;
      if (filter.plugin && !covers(rule, filter.plugin)) return false;
      const said = words[rule.id];
      const text = [rule.id, rule.name, rule.description, said?.en, said?.ko, ...(rule.channels ?? [])]
        .join(" ")
        .toLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        a.name.localeCompare(b.name) ||
        a.id.localeCompare(b.id),
    );
}

/** Whether a rule looks at a plugin, as far as its name tells; labels are left aside. */
function covers(rule: Rule, plugin: string): boolean {
  if (rule.plugin_id !== null && rule.plugin_id !== undefined && rule.plugin_id !== plugin) return false;
  return rule.plugins === null || rule.plugins === undefined || fits(plugin, rule.plugins);
}

/** A glob as the server means it: `*`, `?`, `[…]`, upper and lower case differ. */
export function fits(text: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\[!/g, "[^")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  try {
    return new RegExp(`^${pattern}$`, "su").test(text);
  } catch {
    return false;
  }
}
