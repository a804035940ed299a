/** What has been heard of, to choose from in forms: plugins, their metrics, states and labels. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useClient } from "./context";
import { allPlugins, type Plugin } from "./plugins";

export interface Known {
  plugins: readonly { id: string; name: string }[];
  metrics: readonly string[];
  states: readonly string[];
  /** Label → values seen. */
  labels: ReadonlyMap<string, readonly string[]>;
}

export function useKnown(): Known {
  const client = useClient();
  const { data } = useQuery({
    queryKey: ["plugins", "known"],
    queryFn: ({ signal }) => allPlugins(client, signal),
    // Whoever writes a rule for a new plugin has just started it.
    refetchInterval: 10_000,
  });
  return useMemo(() => knownOf(data ?? []), [data]);
}

export function knownOf(plugins: readonly Plugin[]): Known {
  const labels = new Map<string, Set<string>>();
  for (const plugin of plugins) {
    for (const [name, value] of Object.entries((plugin.labels ?? {}) as Record<string, string>)) {
      labels.set(name, (labels.get(name) ?? new Set()).add(value));
    }
  }
  const names = (of: "metrics" | "states") =>
    [...new Set(plugins.flatMap((plugin) => Object.keys((plugin[of] ?? {}) as object)))].sort();
  return {
    plugins: plugins
      .map((plugin) => ({ id: plugin.plugin_id, name: plugin.plugin_name || plugin.plugin_id }))
      .sort((a, b) => a.id.localeCompare(b.id)),
    metrics: names("metrics"),
    states: names("states"),
    labels: new Map([...labels].sort().map(([name, values]) => [name, [...values].sort()])),
  };
}
