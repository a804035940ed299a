/** JSON webhooks: how their bodies become alerts, what a sample would become, and the bodies that came. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatchOf } from "./channels";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type WebhooksVersion = Answer<"get", "/ingest/webhooks">;
export type BodyMappings = WebhooksVersion["mappings"]["webhooks"];
export type BodyMapping = BodyMappings[string];
export type BodyTrial = Answer<"post", "/ingest/webhooks/try">;
export type KeptBody = Answer<"get", "/ingest/webhooks/bodies">["bodies"][number];

/** The version in force and those before it, newest first; none before the first change. */
export function useWebhooks() {
  const client = useClient();
  return useQuery({
    queryKey: keys.webhooks,
    queryFn: async ({ signal }) => {
      const [inForce, { versions }] = await Promise.all([
        client.get("/ingest/webhooks", { signal }),
        client.get("/ingest/webhooks/history", { signal }),
      ]);
      return { inForce, versions };
    },
  });
}

export function useKeptBodies() {
  const client = useClient();
  return useQuery({
    queryKey: keys.webhookBodies,
    queryFn: async ({ signal }) => (await client.get("/ingest/webhooks/bodies", { signal })).bodies,
  });
}

/** What a sample would become; asked whenever the mapping or the sample has changed. */
export function useBodyTrial(mapping: BodyMapping, body: string, name: string) {
  const client = useClient();
  return useQuery({
    queryKey: keys.webhookTrial({ mapping, body, name }),
    queryFn: ({ signal }) =>
      client.post("/ingest/webhooks/try", {
        body: { mapping, body, name } as Body<"post", "/ingest/webhooks/try">,
        signal,
      }),
    enabled: body.trim() !== "",
    retry: false,
    placeholderData: keepPreviousData,
  });
}

export function useWebhookChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      cache.invalidateQueries({ queryKey: keys.webhooks, exact: true }),
      cache.invalidateQueries({ queryKey: keys.webhookBodies }),
    ]);
  return {
    save: useMutation({
      mutationFn: ({ webhooks, version }: { webhooks: BodyMappings; version: number }) =>
        client.put("/ingest/webhooks", {
          body: { webhooks } as Body<"put", "/ingest/webhooks">,
          ifMatch: ifMatchOf(String(version)),
        }),
      onSuccess,
    }),
    restore: useMutation({
      mutationFn: ({ version, inForce }: { version: number; inForce: number }) =>
        client.post("/ingest/webhooks/restore", { body: { version }, ifMatch: ifMatchOf(String(inForce)) }),
      onSuccess,
    }),
  };
}
