/** Queries and changes of silences. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { everyPage } from "./pages";
import type { Alert } from "./types";

export type Silence = Required<Answer<"get", "/silences">["silences"][number]>;
export type SilenceBody = Body<"post", "/silences">;
/** What the page leaves to the server. */
export const UNSET = {
  id: null,
  starts_at_ms: null,
  ends_at_ms: null,
  length_ms: null,
  cron: null,
  duration_minutes: null,
  timezone: "UTC",
  everything: false,
  author: "",
  author_principal: "",
  created_at_ms: 0,
  expiry_announced: false,
} as const;

export type SilenceState = Silence["state"];

export function useSilences() {
  const client = useClient();
  return useQuery({
    queryKey: keys.silences,
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/silences", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.silences as Silence[],
      ),
    // Time alone ends them.
    refetchInterval: 15_000,
  });
}

/** What it would hide, were it active now; of the alerts the first ones. */
export function useSilencePreview(body: SilenceBody | null) {
  const client = useClient();
  return useQuery({
    queryKey: ["silence-preview", body],
    queryFn: async ({ signal }) => {
      const { count, alerts } = await client.post("/silence-preview", { body: body as SilenceBody, signal });
      return { count, alerts: alerts as Alert[] };
    },
    enabled: body !== null,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

/** Store a silence: a new one, or the one of *id*. */
export function useSaveSilence() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: SilenceBody }) =>
      id
        ? client.put("/silences/{silence_id}", { path: { silence_id: id }, body })
        : client.post("/silences", { body }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.silences }),
  });
}

export function useExpireSilence() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => client.post("/silences/{silence_id}/expire", { path: { silence_id: id } }),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.silences }),
  });
}
