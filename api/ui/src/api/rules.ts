/** Queries and changes of rules. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { JsonSchema } from "../parts/schema-form/schema";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type RuleList = Answer<"get", "/rules">;
/** As the server sends it: with all fields. */
export type Rule = Required<RuleList["rules"][number]>;
export type RuleBody = Body<"post", "/rules">;
export type Preview = Answer<"post", "/rule-preview">;
export type Imported = Answer<"post", "/rules-file">;

const REFRESH_MS = 15_000;

export function useRules() {
  const client = useClient();
  return useQuery({
    queryKey: keys.rules,
    queryFn: ({ signal }) => client.get("/rules", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** A rule with its version, read when the form is opened; not refreshed under somebody's hands. */
export function useRule(id: string) {
  const client = useClient();
  return useQuery({
    queryKey: keys.rule(id),
    queryFn: ({ signal }) => client.getVersioned("/rules/{rule_id}", { path: { rule_id: id }, signal }),
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 0,
  });
}

/** The kinds of conditions with their schemas; they change with the version of the server alone. */
export function useConditions() {
  const client = useClient();
  return useQuery({
    queryKey: ["conditions"],
    queryFn: async ({ signal }) => (await client.get("/conditions", { signal })) as Record<string, JsonSchema>,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The rule in words, or what is wrong with it. */
export function usePreview(body: RuleBody | null) {
  const client = useClient();
  return useQuery({
    queryKey: ["rule-preview", body],
    queryFn: ({ signal }) => client.post("/rule-preview", { body: body as RuleBody, signal }),
    enabled: body !== null,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

export function useSeries(
  pluginId: string | null,
  metrics: readonly string[],
  span: readonly [number, number] | null = null,
) {
  const client = useClient();
  return useQuery({
    queryKey: ["series", pluginId, metrics, span],
    queryFn: ({ signal }) => {
      const series = metrics.map((metric) => ({ plugin_id: pluginId ?? "", metric }));
      const range = span ? { since_ms: span[0], until_ms: span[1] } : {};
      return client.post("/series/query", { body: { series, points: 1_000, ...range } as never, signal });
    },
    enabled: pluginId !== null && metrics.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

export function useSwitchRule() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      client.post(enabled ? "/rules/{rule_id}/enable" : "/rules/{rule_id}/disable", { path: { rule_id: id } }),
    onSuccess: (rule) =>
      cache.setQueryData<RuleList>(
        keys.rules,
        (list) => list && { ...list, rules: list.rules.map((one) => (one.id === rule.id ? (rule as Rule) : one)) },
      ),
    onError: () => void cache.invalidateQueries({ queryKey: keys.rules, exact: true }),
  });
}

/** Store a new rule, or the change of one: `ifMatch` is the version it was read in. */
export function useSaveRule() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body, ifMatch }: { id: string | null; body: RuleBody; ifMatch?: string }) =>
      id === null
        ? client.post("/rules", { body })
        : client.put("/rules/{rule_id}", { path: { rule_id: id }, body, ifMatch }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.rules, exact: true }),
  });
}

export function useDeleteRule() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ifMatch }: { id: string; ifMatch?: string }) =>
      client.delete("/rules/{rule_id}", { path: { rule_id: id }, ifMatch }),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.rules, exact: true }),
  });
}

export function useImportRules() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { text: string; format: "toml" | "json"; dry_run: boolean }) =>
      client.post("/rules-file", { body }),
    onSuccess: (_, { dry_run }) => {
      if (!dry_run) void cache.invalidateQueries({ queryKey: keys.rules });
    },
  });
}
