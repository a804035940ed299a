/** What a rule would have done over the past: asked for while it is written, and taken back when it changes. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Answer } from "./client";
import { useClient } from "./context";
import type { RuleBody } from "./rules";

export type Standing = Answer<"post", "/rule-backtests">;
export type Backtest = NonNullable<Standing["result"]>;
export type Outcome = Backtest["draft"];
export type Firing = Outcome["alerts"][number];

const FRESH_MS = 60_000;
const POLL_MS = 200;

/** The backtest of a rule over the last seven days; null: there is nothing to try out yet. */
export function useBacktest(rule: RuleBody | null, timezone: string) {
  const client = useClient();
  const begun = useQuery({
    queryKey: ["backtest", rule, timezone],
    queryFn: ({ signal }) =>
      client.post("/rule-backtests", { body: { rule: rule as RuleBody, timezone } as never, signal }),
    enabled: rule !== null,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    retry: false,
  });
  const id = begun.data && begun.data.state !== "done" ? begun.data.id : null;
  const followed = useQuery({
    queryKey: ["backtest-standing", id],
    queryFn: ({ signal }) =>
      client.get("/rule-backtests/{backtest_id}", { path: { backtest_id: id as string }, signal }),
    enabled: id !== null,
    retry: false,
    gcTime: FRESH_MS,
    refetchInterval: (query) => (query.state.data?.state === "done" || query.state.error ? false : POLL_MS),
  });
  const isDone = followed.data?.state === "done" || followed.isError;
  useEffect(() => {
    if (id === null || isDone) return;
    return () => {
      // Nobody waits for it any more. Whether it was finished meanwhile does not matter.
      client.delete("/rule-backtests/{backtest_id}", { path: { backtest_id: id } }).catch(() => {});
    };
  }, [client, id, isDone]);
  const standing = id === null ? begun.data : (followed.data ?? begun.data);
  // While the next one is computed, the one before stays in sight.
  const last = useRef<Backtest | null>(null);
  const result = standing?.result ?? null;
  useEffect(() => {
    if (result) last.current = result;
  }, [result]);
  return {
    standing,
    result: result ?? last.current,
    isOld: !result,
    error: begun.error ?? (id === null ? null : followed.error),
  };
}
