/** Queries and changes of alerts. */

import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Board, EMPTY_BOARD, withAlerts, withBanner } from "../live/board";
import { useLive } from "../live/LiveProvider";
import { type Client, useClient } from "./context";
import { keys } from "./keys";
import type { Alert } from "./types";

const PAGE = 500;

/** All active alerts, kept current by the feed. The data is a Map: use `structuralSharing: false` wherever it is set. */
export function useBoard() {
  const client = useClient();
  const { recorded } = useLive();
  return useQuery({
    queryKey: keys.board,
    queryFn: ({ signal }) => recorded(() => readBoard(client, signal)),
    structuralSharing: false,
    // The feed keeps it current; a gap in the feed invalidates it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

async function readBoard(client: Client, signal: AbortSignal): Promise<Board> {
  const found: Alert[] = [];
  let cursor: string | null = null;
  do {
    const page = (await client.get("/alerts/active", { query: { limit: PAGE, cursor }, signal })) as {
      alerts: Alert[];
      next_cursor: string | null;
    };
    found.push(...page.alerts);
    cursor = page.next_cursor;
  } while (cursor);
  return withAlerts(EMPTY_BOARD, found);
}

export function useBanner() {
  const client = useClient();
  return useQuery({
    queryKey: keys.banner,
    queryFn: async ({ signal }) => (await client.get("/alerts/banner", { signal })).alerts as Alert[],
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useStory(id: string) {
  const client = useClient();
  return useQuery({
    queryKey: keys.story(id),
    queryFn: ({ signal }) => client.get("/alerts/{alert_id}", { path: { alert_id: id }, signal }),
  });
}

export type Act = "acknowledge" | "resolve";

export function useAct() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, act, comment = "" }: { id: string; act: Act; comment?: string }) =>
      (await client.post(act === "acknowledge" ? "/alerts/{alert_id}/acknowledge" : "/alerts/{alert_id}/resolve", {
        path: { alert_id: id },
        ...(comment ? { body: { comment } } : {}),
      })) as Alert,
    onSuccess: (alert) => takeUp(cache, [alert]),
  });
}

/** Show what an answer says without waiting for the feed to say it. */
export function takeUp(cache: QueryClient, alerts: readonly Alert[]): void {
  cache.setQueryData<Board>(keys.board, (board) => board && withAlerts(board, alerts));
  cache.setQueryData<readonly Alert[]>(
    keys.banner,
    (banner) =>
      banner &&
      withBanner(
        banner,
        alerts.map((data) => ({ type: "alert.changed", data })),
      ),
  );
  for (const alert of alerts) void cache.invalidateQueries({ queryKey: keys.story(alert.id) });
}
