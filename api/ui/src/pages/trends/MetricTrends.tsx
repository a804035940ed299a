/** One metric over months: what can be named, its levels with changes, its week, its weeks and months. */

import { Paper, Stack, Text, Title } from "@mantine/core";
import { IconTrendingUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type MetricTrend, useMetricTrend } from "../../api/trends";
import { useFormat } from "../../format/useFormat";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { TimeChart } from "../../parts/TimeChart";
import { metricChoice, noonOf, timezone } from "./choice";
import { Findings } from "./Findings";
import { MetricPicker } from "./MetricPicker";
import { MonthTable, WeekTable } from "./MetricTables";
import { WeekMap } from "./WeekMap";

export function MetricTrends() {
  const { t } = useTranslation("trends");
  const [search] = useSearchParams();
  const choice = metricChoice(search);
  const { plugin, metric, limit, direction } = choice;
  const question =
    plugin && metric ? { plugin_id: plugin, metric, timezone: timezone(), days: 400, limit, direction } : null;
  const trend = useMetricTrend(question);
  return (
    <>
      <MetricPicker choice={choice} />
      {question ? (
        <Loaded query={trend}>{(data) => <Shown data={data} />}</Loaded>
      ) : (
        <EmptyState
          icon={<IconTrendingUp size={48} stroke={1.2} />}
          title={t("choose.title")}
          text={t("choose.text")}
        />
      )}
    </>
  );
}

function Shown({ data }: { data: MetricTrend }) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const { metric, history } = data;
  const days = data.levels as unknown as readonly [string, number, number | null][];
  const levels = days.map(([day, level]) => [noonOf(day), level] as [number, number]);
  const fitted = days.flatMap(([day, , fit]) => (fit === null ? [] : [[noonOf(day), fit] as [number, number]]));
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {t("history", {
          count: history.days,
          from: format.instant(history.first_at_ms),
          until: format.instant(history.until_ms),
        })}
      </Text>
      <Findings data={data} />
      <Section title={t("levels.title")} text={t("levels.text")}>
        <TimeChart
          label={t("levels.label", { metric, plugin: data.plugin_id })}
          lines={[
            { label: t("levels.level"), samples: levels },
            ...(fitted.length ? [{ label: t("levels.fitted"), samples: fitted, color: "orange" }] : []),
          ]}
          thresholds={data.limit === null ? [] : [{ value: data.limit, label: format.value(data.limit, metric) }]}
          marks={data.changes.map((change) => ({
            atMs: noonOf(change.day),
            label: t(change.kind === "level" ? "levels.jump" : "levels.bend"),
          }))}
          formatValue={(value, beside) => format.value(value, metric, beside)}
          height={260}
        />
      </Section>
      <Section title={t("week.title")} text={t("week.text")}>
        <WeekMap profile={data.profile} metric={metric} />
      </Section>
      <Section title={t("weeks.title")} text={t("weeks.text")}>
        <WeekTable data={data} />
      </Section>
      <Section title={t("months.title")} text={t("months.text")}>
        <MonthTable data={data} />
      </Section>
    </Stack>
  );
}

export function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section">
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {text}
      </Text>
      {children}
    </Paper>
  );
}
