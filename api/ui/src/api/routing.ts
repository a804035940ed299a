/** The tree of routes: what holds, what held, and where an alert would go. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatchOf } from "./channels";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { asProblem } from "./problem";
import type { Severity } from "./types";

/** One route. What it leaves out it takes from the route above it. */
export interface Route {
  name?: string;
  matchers?: string[];
  channels?: string[];
  group_by?: string[];
  group_wait_seconds?: number;
  group_interval_seconds?: number;
  repeat_minutes?: number;
  severities?: Record<string, Severity>;
  mute_times?: string[];
  active_times?: string[];
  continue?: boolean;
  routes?: Route[];
}

export interface TimeInterval {
  times?: { start_time: string; end_time: string }[];
  weekdays?: string[];
  days_of_month?: string[];
  months?: string[];
  years?: string[];
  location?: string;
}

/** While an alert fires that fits the source, alerts that fit the target and have equal labels notify no channel. */
export interface InhibitRule {
  name?: string;
  source_matchers?: string[];
  target_matchers?: string[];
  equal?: string[];
}

export interface Tree {
  route: Route;
  time_intervals?: Record<string, TimeInterval[]>;
  inhibit_rules?: InhibitRule[];
}

export type RoutesVersion = Omit<Answer<"get", "/routes">, "tree"> & { tree: Tree | null };
export type RouteTrial = Answer<"post", "/routes/test">;

/** The version in force and those before it, newest first. */
export function useRouteVersions() {
  const client = useClient();
  return useQuery({
    queryKey: keys.routes,
    queryFn: async ({ signal }) => (await client.get("/routes/history", { signal })).versions as RoutesVersion[],
  });
}

export function useRouteChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: keys.routes });
  return {
    save: useMutation({
      mutationFn: async ({ tree, version }: { tree: Tree; version: number }) =>
        (await client.put("/routes", {
          body: tree as Body<"put", "/routes">,
          ifMatch: ifMatchOf(String(version)),
        })) as RoutesVersion,
      onSuccess,
      // Somebody was faster: theirs must be here before the question which of the two is to hold.
      onError: (error) => (asProblem(error).status === 412 ? onSuccess() : undefined),
    }),
    restore: useMutation({
      mutationFn: ({ version, inForce }: { version: number; inForce: number }) =>
        client.post("/routes/restore", { body: { version }, ifMatch: ifMatchOf(String(inForce)) }),
      onSuccess,
      onError: (error) => (asProblem(error).status === 412 ? onSuccess() : undefined),
    }),
  };
}

/** Asks where an alert with these labels would go; *tree* is a draft to try in place of the routes in force. */
export function useRouteTest() {
  const client = useClient();
  return useMutation({
    mutationFn: ({ labels, tree }: { labels: Record<string, string>; tree: Tree | null }) =>
      client.post("/routes/test", { body: { labels, tree } as Body<"post", "/routes/test"> }),
  });
}
