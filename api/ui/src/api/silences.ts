/** Queries and changes of silences. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import type { Alert } from "./types";

export type Silence = Required<Answer<"get", "/silences">["silences"][number]>;
export type SilenceBody = Body<"post", "/silences">;
export type SilenceState = Silence["state"];

export function useSilences() {
  const client = useClient();
  return useQuery({
    queryKey: keys.silences,
    queryFn: async ({ signal }) => (await client.get("/silences", { signal })).silences as Silence[],
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

/** Store a silence, new or changed: its id decides. */
export function useSaveSilence() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: SilenceBody) => client.post("/silences", { body }),
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
