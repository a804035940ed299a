/** Saved searches: the reader's own, and those that all share. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type SavedSearch = Required<Answer<"get", "/alerts/searches">["searches"][number]>;
export type SavedSearchBody = Body<"post", "/alerts/searches">;

export function useSavedSearches() {
  const client = useClient();
  return useQuery({
    queryKey: keys.savedSearches,
    queryFn: async ({ signal }) => (await client.get("/alerts/searches", { signal })).searches as SavedSearch[],
  });
}

export function useSaveSearch() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: SavedSearchBody) => client.post("/alerts/searches", { body }),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.savedSearches }),
  });
}

export function useDeleteSearch() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => client.delete("/alerts/searches/{search_id}", { path: { search_id: id } }),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.savedSearches }),
  });
}
