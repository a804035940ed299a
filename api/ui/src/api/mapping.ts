/** The mapping of foreign labels to plugins: what holds, what held, and what a change would do. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatchOf } from "./channels";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type MappingVersion = Answer<"get", "/ingest/mapping">;
export type Mapping = MappingVersion["mapping"];
export type Relabeling = Mapping["default"];
export type Trial = Answer<"post", "/ingest/mapping/try">;

/** The version in force and those before it, newest first. */
export function useMappings() {
  const client = useClient();
  return useQuery({
    queryKey: keys.mapping,
    queryFn: async ({ signal }) => (await client.get("/ingest/mapping/history", { signal })).versions,
  });
}

export function useMappingChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: keys.mapping });
  return {
    save: useMutation({
      mutationFn: ({ mapping, version }: { mapping: Mapping; version: number }) =>
        client.put("/ingest/mapping", {
          body: mapping as Body<"put", "/ingest/mapping">,
          ifMatch: ifMatchOf(String(version)),
        }),
      onSuccess,
    }),
    restore: useMutation({
      mutationFn: ({ version, inForce }: { version: number; inForce: number }) =>
        client.post("/ingest/mapping/restore", { body: { version }, ifMatch: ifMatchOf(String(inForce)) }),
      onSuccess,
    }),
    tryIt: useMutation({
      mutationFn: (mapping: Mapping) =>
        client.post("/ingest/mapping/try", { body: mapping as Body<"post", "/ingest/mapping/try"> }),
    }),
  };
}
