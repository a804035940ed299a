/** Configurations of Alertmanager and Grafana: looked at, put in force, listed and undone. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatchOf } from "./channels";
import type { Answer } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type System = "alertmanager" | "grafana";
export type ImportReport = Answer<"post", "/imports/{system}/dry-run">;
export type ImportDone = Answer<"get", "/imports">["imports"][number];

export interface Given {
  system: System;
  files: { name: string; text: string }[];
  language: "en" | "ko";
}

export function useImports() {
  const client = useClient();
  return useQuery({
    queryKey: keys.imports,
    queryFn: async ({ signal }) => (await client.get("/imports", { signal })).imports,
  });
}

export function useImportChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () =>
    Promise.all([keys.imports, keys.routes, keys.channels].map((queryKey) => cache.invalidateQueries({ queryKey })));
  return {
    look: useMutation({
      mutationFn: ({ system, ...body }: Given) => client.post("/imports/{system}/dry-run", { path: { system }, body }),
    }),
    /** *version* is that of the routes when they were looked at. */
    apply: useMutation({
      mutationFn: ({ system, version, ...body }: Given & { version: number }) =>
        client.post("/imports/{system}", { path: { system }, body, ifMatch: ifMatchOf(String(version)) }),
      onSuccess,
    }),
    undo: useMutation({
      mutationFn: (system: System) => client.post("/imports/{system}/undo", { path: { system } }),
      onSuccess,
    }),
  };
}
