/** Searching all alerts that the archive keeps. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { SearchQuery } from "../pages/search/query";
import type { Answer } from "./client";
import { filled } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type SearchPage = Answer<"get", "/alerts/search">;
const PAGE = 50;

export function useSearch(query: SearchQuery) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: keys.search(query),
    queryFn: ({ pageParam, signal }) =>
      client.get("/alerts/search", { query: { ...query, cursor: pageParam, limit: PAGE }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    // What is wrong with a question stays wrong.
    retry: false,
  });
}

/** The address of all that is found as a file. */
export function useFileAddress(query: SearchQuery): string {
  const client = useClient();
  return client.href(filled("/alerts/search", {}, { ...query, format: "csv" }));
}
