/** Scrape jobs, their targets with the last scrape, and the files that list targets. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Answer, Body } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";
import { everyPage } from "./pages";

export type ScrapeJob = Answer<"get", "/ingest/jobs">["jobs"][number];
export type NewScrapeJob = Omit<Body<"put", "/ingest/jobs/{job_name}">, "version">;
export type Target = Answer<"get", "/ingest/targets">["targets"][number];
export type TargetFile = Answer<"get", "/ingest/files">["files"][number];

const REFRESH_MS = 5_000;

export function useScrapeJobs(enabled: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: [...keys.scrapes, "jobs"],
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/ingest/jobs", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.jobs,
      ),
    enabled,
  });
}

export function useTargets() {
  const client = useClient();
  return useQuery({
    queryKey: [...keys.scrapes, "targets"],
    queryFn: ({ signal }) =>
      everyPage(
        (cursor) => client.get("/ingest/targets", { query: cursor ? { cursor } : {}, signal }),
        (page) => page.targets,
      ),
    refetchInterval: REFRESH_MS,
  });
}

export function useTargetFiles() {
  const client = useClient();
  return useQuery({
    queryKey: [...keys.scrapes, "files"],
    queryFn: async ({ signal }) => (await client.get("/ingest/files", { signal })).files,
    refetchInterval: REFRESH_MS,
  });
}

/** A change of jobs; jobs and targets are read again when it is done. */
export function useScrapeJobChanges() {
  const client = useClient();
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: keys.scrapes });
  return {
    save: useMutation({
      mutationFn: ({ job, version }: { job: NewScrapeJob; version: string }) =>
        client.put("/ingest/jobs/{job_name}", {
          path: { job_name: job.name },
          body: { ...job, version: "" },
          ifMatch: version ? `"${version}"` : undefined,
        }),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (name: string) => client.delete("/ingest/jobs/{job_name}", { path: { job_name: name } }),
      onSuccess,
    }),
  };
}
