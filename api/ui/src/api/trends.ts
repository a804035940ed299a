/** Long-term performance: the analysis process answers, which takes a second or so; its answers are minutes old. */

import { useQuery } from "@tanstack/react-query";
import type { Answer, Query } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type MetricTrend = Answer<"get", "/trends/metric">;
export type MetricQuestion = NonNullable<Query<"get", "/trends/metric">>;
export type AlertingTrend = Answer<"get", "/trends/alerting">;
export type MonthFigures = AlertingTrend["all"][number];

export type MonthlyReport = Answer<"get", "/reports/monthly">;
export type Compared = MonthlyReport["all"];

const FRESH_MS = 300_000;

/** The trend of one metric; null: none is chosen. */
export function useMetricTrend(question: MetricQuestion | null) {
  const client = useClient();
  return useQuery({
    queryKey: keys.trends(question),
    queryFn: ({ signal }) => client.get("/trends/metric", { query: question as MetricQuestion, signal }),
    enabled: question !== null,
    staleTime: FRESH_MS,
    retry: false,
  });
}

export function useAlertingTrend(timezone: string, months: number) {
  const client = useClient();
  return useQuery({
    queryKey: keys.trends({ timezone, months }),
    queryFn: ({ signal }) => client.get("/trends/alerting", { query: { timezone, months }, signal }),
    staleTime: FRESH_MS,
    retry: false,
  });
}

/** The report of a month (`YYYY-MM`); null: of the last one that is over. */
export function useMonthlyReport(timezone: string, month: string | null) {
  const client = useClient();
  return useQuery({
    queryKey: keys.trends({ timezone, month }),
    queryFn: ({ signal }) =>
      client.get("/reports/monthly", { query: { timezone, ...(month === null ? {} : { month }) }, signal }),
    staleTime: FRESH_MS,
    retry: false,
  });
}
