/** Samples of metrics: for the lines in the board's rows, and for an alert's chart. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { serverNow } from "../format/clock";
import { type Client, useClient } from "./context";
import { keys } from "./keys";
import type { Alert } from "./types";

export type Sample = readonly [atMs: number, value: number];

export interface Series {
  plugin_id: string;
  metric: string;
  /** Oldest first. */
  samples: Sample[];
  /** From here on they are whole, epoch ms. */
  since_ms: number;
}

interface Range {
  since_ms?: number;
  until_ms?: number;
  points: number;
}

async function query(
  client: Client,
  series: readonly { plugin_id: string; metric: string }[],
  range: Range,
  signal?: AbortSignal,
): Promise<Series[]> {
  const body = { since_ms: null, until_ms: null, ...range, series: [...series] };
  return (await client.post("/series/query", { body, signal })).series as unknown as Series[];
}

/** One metric between two instants. */
export function useSeries(
  pluginId: string,
  metric: string,
  range: Range,
  isEnabled: boolean,
  refetchMs: number | false,
) {
  const client = useClient();
  return useQuery({
    queryKey: keys.series({ pluginId, metric, ...range }),
    queryFn: async ({ signal }) => (await query(client, [{ plugin_id: pluginId, metric }], range, signal))[0] as Series,
    enabled: isEnabled,
    refetchInterval: refetchMs,
    placeholderData: (before) => before,
  });
}

const LOOK_BACK_MS = 15 * 60_000;
const POINTS = 48;
const FRESH_MS = 30_000;
/** Rows pass by while somebody scrolls; what stays for this long is asked for. */
const SETTLE_MS = 400;
const AT_ONCE = 100;
const KEEP = 2_000;

export const seriesKey = (alert: Pick<Alert, "plugin_id" | "metric">) => `${alert.plugin_id}\n${alert.metric}`;

/** The last minutes of the metrics of the rows in view; read in one request, and again now and then. */
export function useSparklines(visible: readonly Alert[]): ReadonlyMap<string, readonly Sample[]> {
  const client = useClient();
  const [lines, setLines] = useState<ReadonlyMap<string, readonly Sample[]>>(new Map());
  const readAt = useRef(new Map<string, number>());
  const latest = useRef(visible);
  latest.current = visible;
  useEffect(() => {
    const controller = new AbortController();
    let isAsking = false;
    const ask = async () => {
      const nowMs = serverNow();
      const wanted = new Map(
        latest.current
          .filter((alert) => alert.metric && nowMs - (readAt.current.get(seriesKey(alert)) ?? 0) > FRESH_MS)
          .slice(0, AT_ONCE)
          .map((alert) => [seriesKey(alert), { plugin_id: alert.plugin_id, metric: alert.metric }] as const),
      );
      if (isAsking || !wanted.size || document.hidden) return;
      isAsking = true;
      // Asked again when they are no longer fresh, also if this fails: a line is not worth a message.
      for (const key of wanted.keys()) readAt.current.set(key, nowMs);
      try {
        const range = { since_ms: nowMs - LOOK_BACK_MS, points: POINTS };
        const found = await query(client, [...wanted.values()], range, controller.signal);
        setLines((before) => {
          const after = new Map(before);
          for (const one of found) after.set(seriesKey(one), one.samples);
          for (const key of after.keys()) {
            if (after.size <= KEEP) break;
            after.delete(key);
            readAt.current.delete(key);
          }
          return after;
        });
      } catch {
        // The row shows its value all the same.
      } finally {
        isAsking = false;
      }
    };
    const timer = setInterval(() => void ask(), SETTLE_MS);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [client]);
  return lines;
}
