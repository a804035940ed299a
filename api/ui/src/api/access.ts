/** Users, API keys, own sessions and the audit. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Answer, Body, Query } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { everyPage } from "./pages";

export type User = Answer<"get", "/users">["users"][number];
export type Role = User["role"];
export type ApiKey = Answer<"get", "/api-keys">["api_keys"][number];
export type NewApiKey = Answer<"post", "/api-keys">;
export type Session = Answer<"get", "/me/sessions">["sessions"][number];
export type AuditEntry = Answer<"get", "/audit">["entries"][number];
export type AuditFilter = Pick<
  NonNullable<Query<"get", "/audit">>,
  "by" | "action" | "target" | "since_ms" | "until_ms"
>;

const AUDIT_PAGE = 50;

export function useUsers() {
  const client = useClient();
  return useQuery({
    queryKey: keys.users,
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/users", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.users,
      ),
  });
}

/** A change of users; the list is read again when it is done. */
export function useUserChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: keys.users });
  return {
    create: useMutation({ mutationFn: (body: Body<"post", "/users">) => client.post("/users", { body }), onSuccess }),
    change: useMutation({
      // What is left out stays; the document calls every field required, as it gives them defaults.
      mutationFn: ({ name, ...body }: { name: string } & Partial<Body<"patch", "/users/{name}">>) =>
        client.patch("/users/{name}", { path: { name }, body: body as Body<"patch", "/users/{name}"> }),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (name: string) => client.delete("/users/{name}", { path: { name } }),
      onSuccess,
    }),
  };
}

export function useApiKeys() {
  const client = useClient();
  return useQuery({
    queryKey: keys.apiKeys,
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/api-keys", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.api_keys,
      ),
  });
}

export function useApiKeyChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: keys.apiKeys });
  return {
    create: useMutation({
      mutationFn: (body: Body<"post", "/api-keys">) => client.post("/api-keys", { body }),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: (id: string) => client.delete("/api-keys/{key_id}", { path: { key_id: id } }),
      onSuccess,
    }),
  };
}

export function useSessions() {
  const client = useClient();
  return useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/me/sessions", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.sessions,
      ),
  });
}

export function useEndSession() {
  const client = useClient();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => client.delete("/me/sessions/{session_id}", { path: { session_id: id } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.sessions }),
  });
}

export function useChangePassword() {
  const client = useClient();
  return useMutation({ mutationFn: (body: Body<"put", "/me/password">) => client.put("/me/password", { body }) });
}

/** Create a user and go on as that user in this browser. */
export function useBecomeUser() {
  const client = useClient();
  return useMutation({
    mutationFn: async (body: Body<"post", "/users">) => {
      await client.post("/users", { body });
      await client.post("/sign-in", { body: { name: body.name, password: body.password } });
    },
  });
}

export function useAudit(filter: AuditFilter) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam, signal }) =>
      client.get("/audit", { query: { ...filter, cursor: pageParam, limit: AUDIT_PAGE }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
}
