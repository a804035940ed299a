/** How the system is: what the System, Statistics and Plugins pages ask. */

import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { serverNow } from "../format/clock";
import type { Answer, Query } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { allPlugins, type Plugin } from "./plugins";

export type Status = Answer<"get", "/status">;
export type ProcessReport = Status["processes"][number];
export type ChannelHealth = Answer<"get", "/channels/health">;
export type DeadLetter = Answer<"get", "/dead-letters">["dead_letters"][number];
export type Statistics = Answer<"get", "/statistics">;
export type { Plugin };
export type Rule = Answer<"get", "/rules">["rules"][number];
export type Series = Answer<"post", "/series/query">["series"][number];

const SERIES_A_REQUEST = 100;
const LETTERS_PAGE = 50;

/** The status, read again each *everyMs*; also while it fails, so that the page comes back by itself. */
export function useStatus(everyMs?: number) {
  const client = useClient();
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => client.get("/status", { signal }),
    ...(everyMs ? { refetchInterval: everyMs, staleTime: 0, retry: false } : {}),
  });
}

/** How channels fared in the last *hours*. */
export function useChannelHealth(hours: number, everyMs: number) {
  const client = useClient();
  return useQuery({
    queryKey: keys.channelHealth(hours),
    queryFn: ({ signal }) => client.get("/channels/health", { query: { hours }, signal }),
    refetchInterval: everyMs,
  });
}

export function useDeadLetters(isAllowed: boolean) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: keys.deadLetters,
    queryFn: ({ pageParam, signal }) =>
      client.get("/dead-letters", { query: { cursor: pageParam, limit: LETTERS_PAGE }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    enabled: isAllowed,
    refetchInterval: 15_000,
  });
}

export function useStatistics(range: NonNullable<Query<"get", "/statistics">>) {
  const client = useClient();
  return useQuery({
    queryKey: keys.statistics(range),
    queryFn: ({ signal }) => client.get("/statistics", { query: range, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

export function usePlugins() {
  const client = useClient();
  return useQuery({
    queryKey: keys.plugins,
    queryFn: ({ signal }) => allPlugins(client, signal),
    refetchInterval: 10_000,
  });
}

/** All rules, as far as other pages speak of them; the same in the cache as the rules page's. */
export function useRuleList() {
  const client = useClient();
  return useQuery({
    queryKey: keys.rules,
    queryFn: ({ signal }) => client.get("/rules", { signal }),
    select: (answer) => answer.rules,
  });
}

/**
 * The last *spanMs* of many metrics, or *span* of them, in as few requests as the API allows; what is not there yet is
 * absent.
 */
export function useSeries(
  wanted: readonly { plugin_id: string; metric: string }[],
  spanMs: number,
  points: number,
  span: readonly [number, number] | null = null,
) {
  const client = useClient();
  const batches: (typeof wanted)[] = [];
  for (let at = 0; at < wanted.length; at += SERIES_A_REQUEST) batches.push(wanted.slice(at, at + SERIES_A_REQUEST));
  return useQueries({
    queries: batches.map((series) => ({
      queryKey: keys.pluginSeries(series, points, span),
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const asked = series.map((one) => ({ ...one, rule_id: null }));
        const [sinceMs, untilMs] = span ?? [serverNow() - spanMs, null];
        const body = { series: asked, since_ms: sinceMs, until_ms: untilMs, points };
        return client.post("/series/query", { body, signal });
      },
      placeholderData: keepPreviousData,
      refetchInterval: 30_000,
    })),
    combine: (answers) => ({
      isFailed: answers.some((answer) => answer.isError),
      error: answers.find((answer) => answer.isError)?.error ?? null,
      unavailableBeforeMs:
        answers.find((answer) => answer.data?.unavailable_before_ms)?.data?.unavailable_before_ms ?? null,
      found: new Map(
        answers
          .flatMap((answer) => answer.data?.series ?? [])
          .map((one) => [seriesKey(one.plugin_id, one.metric), one]),
      ),
    }),
  });
}

export function seriesKey(pluginId: string, metric: string): string {
  return `${pluginId}\n${metric}`;
}
