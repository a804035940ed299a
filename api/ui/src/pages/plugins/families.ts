/** Plugins folded under their parents; pure. */

import type { Plugin } from "../../api/system";
import { SEVERITIES, type Severity } from "../../api/types";

export interface Family {
  /** The id of the topmost parent; of a plugin that stands alone, its own. */
  id: string;
  /** The topmost parent, if it has published itself and is among the plugins given. */
  parent: Plugin | undefined;
  /** The plugins below it, in the order given; empty: the plugin stands alone. */
  children: readonly Plugin[];
}

/**
 * Fold plugins, in the order of the first of each family. However deep they are nested, all below one topmost parent
 * are one family; of parents that form a circle, the first by id is the topmost.
 *
 * @param shown Those to be folded, e.g. what a search found.
 * @param all All plugins: they say who is whose parent.
 */
export function families(shown: readonly Plugin[], all: readonly Plugin[]): Family[] {
  const topOf = tops(all);
  const found = new Map<string, { id: string; parent: Plugin | undefined; children: Plugin[] }>();
  for (const one of shown) {
    const id = topOf(one.plugin_id);
    let family = found.get(id);
    if (!family) {
      family = { id, parent: undefined, children: [] };
      found.set(id, family);
    }
    if (one.plugin_id === id) family.parent = one;
    else family.children.push(one);
  }
  return [...found.values()];
}

function tops(all: readonly Plugin[]): (id: string) => string {
  const parents = new Map(all.map((one) => [one.plugin_id, one.parent_id]));
  const known = new Map<string, string>();
  return (id) => {
    const path: string[] = [];
    const seen = new Set<string>();
    let at = id;
    let top = known.get(at);
    while (top === undefined) {
      if (seen.has(at)) {
        top = path.slice(path.indexOf(at)).sort()[0] ?? at;
        break;
      }
      seen.add(at);
      path.push(at);
      const parent = parents.get(at);
      if (parent) at = parent;
      top = parent ? known.get(at) : at;
    }
    for (const one of path) known.set(one, top);
    return top;
  };
}

/** What a family's row says of all its plugins. */
export interface Summary {
  lastAtMs: number;
  openAlerts: number;
  worst: Severity | null;
}

export function summaryOf(family: Family): Summary {
  const members = family.parent ? [family.parent, ...family.children] : family.children;
  const severities = members.map((one) => one.severity).filter((one) => one !== null);
  return {
    lastAtMs: members.reduce((last, one) => Math.max(last, one.last_at_ms), 0),
    openAlerts: members.reduce((sum, one) => sum + one.active_alerts, 0),
    worst: SEVERITIES.find((one) => severities.includes(one)) ?? null,
  };
}
