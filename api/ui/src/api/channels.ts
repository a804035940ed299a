/** Queries and changes of channels, and of the notifications they gave up. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { JsonSchema, Values } from "../parts/schema-form/schema";
import type { Answer } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { everyPage } from "./pages";

export type Channel = Omit<Answer<"get", "/channels">["channels"][number], "name">;
export type Health = Answer<"get", "/channels/health">[string];
export type DeadNotification = Answer<"get", "/notifications/dead">["notifications"][number];

const REFRESH_MS = 10_000;
const DEAD_PAGE = 50;
const paths = { config: [...keys.channels, "config"], dead: ["notifications", "dead"] } as const;

export function useChannels() {
  const client = useClient();
  return useQuery({
    queryKey: paths.config,
    queryFn: async ({ signal }): Promise<Record<string, Channel>> => {
      const found = await everyPage(
        (cursor) => client.get("/channels", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.channels,
      );
      return Object.fromEntries(found.map(({ name, ...channel }) => [name, channel]));
    },
    refetchInterval: REFRESH_MS,
  });
}

/** The kinds with the schemas of their fields; they change with the version of the server alone. */
export function useKinds() {
  const client = useClient();
  return useQuery({
    queryKey: [...keys.channels, "kinds"],
    queryFn: async ({ signal }) => (await client.get("/channels/kinds", { signal })) as Record<string, JsonSchema>,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useHealth(hours = 24) {
  const client = useClient();
  return useQuery({
    queryKey: [...keys.channels, "health", hours],
    queryFn: async ({ signal }) =>
      (await client.get("/channels/health", { query: { hours }, signal })) as Record<string, Health>,
    refetchInterval: REFRESH_MS,
  });
}

/** What was given up (of one channel), newest first, by pages. */
export function useDead(channel: string | null) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: [...paths.dead, channel ?? ""],
    queryFn: ({ pageParam, signal }) =>
      client.get("/notifications/dead", { query: { channel, cursor: pageParam, limit: DEAD_PAGE }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: REFRESH_MS,
  });
}

/** Quoted as `If-Match` wants it; nothing if there is no version yet. */
export function ifMatchOf(version: string): string | undefined {
  return version ? `"${version}"` : undefined;
}

export function useConfigure(name: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ fields, ifMatch }: { fields: Values; ifMatch?: string | undefined }) =>
      client.put("/channels/{channel_name}/config", {
        path: { channel_name: name },
        body: fields as never,
        ifMatch,
      }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.channels }),
  });
}

export function useForget(name: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (ifMatch: string | undefined) =>
      client.delete("/channels/{channel_name}/config", { path: { channel_name: name }, ifMatch }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.channels }),
  });
}

export function useTest(name: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => client.post("/test/{channel_name}", { path: { channel_name: name } }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.channels }),
  });
}

/** Try again: one notification, a channel's, or all. */
export function useRetry() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { channel?: string; alert_id?: string }) =>
      client.post("/notifications/retry", { body: body as never }),
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: paths.dead }),
        cache.invalidateQueries({ queryKey: keys.channels }),
      ]),
  });
}
