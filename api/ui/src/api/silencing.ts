/** Silences made of alerts: what they would match, how many they would hide, making them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useClient } from "./context";
import { keys } from "./keys";
import { UNSET } from "./silences";
import type { Alert } from "./types";

/** How far a silence made of an alert reaches. */
export const SCOPES = ["alert", "rule", "plugin"] as const;
export type Scope = (typeof SCOPES)[number];
export interface Matcher {
  name: string;
  value: string;
  is_equal: boolean;
  is_regex: boolean;
}

/** More than these are too many to be looked through later. */
export const MAX_SILENCES = 50;

/** The matchers of the silences that cover *alerts*, one list each; together they cover nothing twice. Pure. */
export function matchersFor(alerts: readonly Alert[], scope: Scope): Matcher[][] {
  const found = new Map<string, Matcher[]>();
  for (const alert of alerts) {
    const matchers = [
      ...(scope === "plugin" ? [] : [equal("rule_id", alert.rule_id)]),
      ...(scope === "rule" ? [] : [equal("plugin_id", alert.plugin_id)]),
    ];
    found.set(JSON.stringify(matchers), matchers);
  }
  return [...found.values()];
}

function equal(name: string, value: string): Matcher {
  // Values are globs; a name is meant as it is.
  return { name, value: value.replace(/[[*?]/g, "[$&]"), is_equal: true, is_regex: false };
}

/** It begins when the server takes it up; the reader's clock has no say in it. */
function body(matchers: Matcher[], lengthMs: number, comment: string) {
  return { ...UNSET, matchers, comment, length_ms: lengthMs };
}

/** How many active alerts the silences would hold back. */
export function useHidden(several: Matcher[][], isEnabled: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: keys.silencePreview(several),
    queryFn: async ({ signal }) => {
      let count = 0;
      for (const matchers of several) {
        count += (await client.post("/silence-preview", { body: body(matchers, 60_000, "?"), signal })).count;
      }
      return count;
    },
    enabled: isEnabled && several.length > 0 && several.length <= MAX_SILENCES,
    staleTime: 0,
  });
}

export function useSilence() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (asked: { several: Matcher[][]; lengthMs: number; comment: string }) => {
      for (const matchers of asked.several) {
        await client.post("/silences", { body: body(matchers, asked.lengthMs, asked.comment) });
      }
      return asked.several.length;
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.silences }),
  });
}
