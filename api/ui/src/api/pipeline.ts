/** Whether events are evaluated, alerts routed and messages delivered; asked for while a page is open. */

import { useQuery } from "@tanstack/react-query";
import type { Answer } from "./client";
import { useClient } from "./context";

export type Pipeline = Answer<"get", "/pipeline">;
export type Work = keyof Pipeline;

/** In the order in which an event goes through them. */
const WORKS = ["evaluator", "router", "worker"] as const satisfies readonly Work[];
const EVERY_MS = 5_000;

/** What is not done now, each with the instant since when, if that is known; nothing while it is not known. */
export function usePipelineTrouble(): { work: Work; sinceMs: number | null }[] {
  const client = useClient();
  const { data } = useQuery({
    queryKey: ["pipeline"],
    queryFn: ({ signal }) => client.get("/pipeline", { signal }),
    refetchInterval: EVERY_MS,
    staleTime: 0,
    // An API of an earlier release does not say; the connection is shown all the same.
    retry: false,
  });
  if (!data) return [];
  return WORKS.filter((work) => !data[work].ready).map((work) => ({ work, sinceMs: data[work].since_ms }));
}
