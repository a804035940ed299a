/** Long-term performance: the analysis process answers, which takes a second or so; its answers are minutes old. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatchOf } from "./channels";
import type { Answer, Body, Query } from "./client";
import { useClient } from "./context";
import { keys } from "./keys";

export type MetricTrend = Answer<"get", "/trends/metric">;
export type MetricQuestion = NonNullable<Query<"get", "/trends/metric">>;
export type AlertingTrend = Answer<"get", "/trends/alerting">;
export type MonthFigures = AlertingTrend["all"][number];

export type MonthlyReport = Answer<"get", "/reports/monthly">;
export type Compared = MonthlyReport["all"];

/** What is put in force: when the report is mailed, and to whom. */
export type NewMailSchedule = Body<"put", "/reports/schedule">;
export type MailSchedule = Omit<Answer<"get", "/reports/schedule">, "schedule"> & {
  schedule: NewMailSchedule | null;
};

const FRESH_MS = 300_000;
const MAILS_MS = 5_000;

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

/** The schedule of mails with what became of the last ones. */
export function useMailSchedule() {
  const client = useClient();
  return useQuery({
    queryKey: keys.mailSchedule,
    queryFn: async ({ signal }) => (await client.get("/reports/schedule", { signal })) as MailSchedule,
    refetchInterval: MAILS_MS,
  });
}

export function useMailScheduleChanges() {
  const client = useClient();
  const cache = useQueryClient();
  // Also of what was refused: another person's schedule is in force then.
  const onSettled = () => cache.invalidateQueries({ queryKey: keys.mailSchedule });
  return {
    save: useMutation({
      mutationFn: async ({ schedule, version }: { schedule: NewMailSchedule; version: number }) =>
        (await client.put("/reports/schedule", {
          body: schedule,
          ifMatch: ifMatchOf(String(version)),
        })) as MailSchedule,
      onSettled,
    }),
    /** Mail the report of the last month that is over, now. */
    send: useMutation({
      mutationFn: () => client.post("/reports/schedule/send", { body: { month: null } }),
      onSettled,
    }),
  };
}
