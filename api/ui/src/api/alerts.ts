/** Queries and changes of alerts. */

import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Board, EMPTY_BOARD, withAlerts, withBanner, withPage, worstFirst } from "../live/board";
import { useLive } from "../live/LiveProvider";
import { type Client, useClient } from "./context";
import { keys } from "./keys";
import type { Alert, AlertPage } from "./types";

const PAGE = 500;

/** All active alerts, kept current by the feed. The data holds Maps: use `structuralSharing: false` wherever it is set. */
export function useBoard() {
  const client = useClient();
  const cache = useQueryClient();
  const { recorded } = useLive();
  return useQuery({
    queryKey: keys.board,
    queryFn: ({ signal }) => recorded(() => readBoard(client, cache, signal)),
    structuralSharing: false,
    // The feed keeps it current; a gap in the feed invalidates it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** Read all pages. The first time, each is shown as it comes: the worst are there at once, however many follow. */
async function readBoard(client: Client, cache: QueryClient, signal: AbortSignal): Promise<Board> {
  const isFirst = cache.getQueryData<Board>(keys.board)?.expected !== null;
  let read = EMPTY_BOARD;
  let cursor: string | null = null;
  do {
    const page: AlertPage = await client.get("/alerts/active", { query: { limit: PAGE, cursor, told: true }, signal });
    read = withPage(read, page);
    cursor = page.next_cursor;
    if (isFirst && cursor) {
      cache.setQueryData<Board>(keys.board, (shown = EMPTY_BOARD) => ({
        ...withPage(shown, page),
        expected: page.total,
      }));
    }
  } while (cursor);
  return read;
}

export function useBanner() {
  const client = useClient();
  return useQuery({
    queryKey: keys.banner,
    queryFn: async ({ signal }) =>
      ((await client.get("/alerts/banner", { signal })).alerts as Alert[]).sort(worstFirst),
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

/** How many a request may name. */
const AT_ONCE = 500;

export interface BulkResult {
  done: number;
  refused: { alert_id: string; reason: string }[];
}

/** Acknowledge or resolve many, a few hundred a request; what one answer says is shown before the next is asked for. */
export function useActOnMany() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ ids, act, comment = "" }: { ids: readonly string[]; act: Act; comment?: string }) => {
      const result: BulkResult = { done: 0, refused: [] };
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const answer = await client.post(act === "acknowledge" ? "/alerts/bulk/acknowledge" : "/alerts/bulk/resolve", {
          body: { alert_ids: ids.slice(at, at + AT_ONCE), comment },
        });
        takeUp(cache, answer.alerts as Alert[]);
        result.done += answer.alerts.length;
        result.refused.push(...answer.refused);
      }
      return result;
    },
  });
}

export function useComment(id: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (comment: string) =>
      (await client.post("/alerts/{alert_id}/comments", { path: { alert_id: id }, body: { comment } })) as Alert,
    onSuccess: (alert) => takeUp(cache, [alert]),
  });
}

export function useAssign(id: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (assignee: string) =>
      (await client.put("/alerts/{alert_id}/assignee", { path: { alert_id: id }, body: { assignee } })) as Alert,
    onSuccess: (alert) => takeUp(cache, [alert]),
  });
}

/** Try a notification that was given up again. */
export function useRetry(id: string) {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (channel: string) => client.post("/notifications/retry", { body: { channel, alert_id: id } }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.story(id) }),
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
