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
  /** Or the text of a formula, or the aggregate of a fleet's group; "" if the rule measures no one number. */
  metric: string;
  /** Of a fleet's group: plugins that breach at the newest sample, at most five. */
  plugins: string[];
  /** Oldest first. */
  samples: Sample[];
  /** From here on they are whole, epoch ms. */
  since_ms: number;
  /** How long a span each sample is the mean of; 0: they are samples as they came. */
  step_ms: number;
  /** With `step_ms`: the lowest and highest value of each span. */
  lows: number[];
  highs: number[];
  /** Spans of which what was measured is lost. */
  gaps: [fromMs: number, untilMs: number][];
}

export interface SeriesAnswer {
  series: Series[];
  /** The archive cannot be read now; samples from before this instant may be missing. */
  unavailable_before_ms: number | null;
}

interface Range {
  since_ms?: number;
  until_ms?: number;
  points: number;
}

interface Asked {
  plugin_id: string;
  metric?: string;
  /** Instead of a metric: what this rule measures. */
  rule_id?: string;
}

async function query(
  client: Client,
  series: readonly Asked[],
  range: Range,
  signal?: AbortSignal,
): Promise<SeriesAnswer> {
  const asked = series.map((one) => ({ metric: null, rule_id: null, ...one }));
  const body = { since_ms: null, until_ms: null, ...range, series: asked };
  return (await client.post("/series/query", { body, signal })) as unknown as SeriesAnswer;
}

/** One metric, or what a rule measures, between two instants. */
export function useSeries(asked: Asked, range: Range, isEnabled: boolean, refetchMs: number | false) {
  const client = useClient();
  return useQuery({
    queryKey: keys.series({ ...asked, ...range }),
    queryFn: async ({ signal }) => {
      const { series, unavailable_before_ms } = await query(client, [asked], range, signal);
      return { ...(series[0] as Series), unavailable_before_ms };
    },
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
        const found = (await query(client, [...wanted.values()], range, controller.signal)).series;
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
