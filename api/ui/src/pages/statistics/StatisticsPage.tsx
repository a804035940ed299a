/** What happened in a range of time: how much, how bad, where, when, and how fast people answered. */

import { Anchor, Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconChartHistogram } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "wouter";
import { type Statistics, useRuleList, useStatistics, useStatus } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { Tile, Tiles } from "../../parts/Tile";
import { heatOf } from "./counts";
import { HeatMap } from "./HeatMap";
import { RangePicker } from "./RangePicker";
import { Ranking } from "./Ranking";
import { endsOf, rangeOf } from "./range";
import { SeverityChart } from "./SeverityChart";

const WEEK_HOURS = 168;

export function StatisticsPage() {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const nowMs = useNow(60_000);
  const [search] = useSearchParams();
  const range = rangeOf(search);
  const statistics = useStatistics({ hours: range.hours, until_ms: range.untilMs });
  const days = useStatus().data?.history_days;
  const { fromMs, toMs } = endsOf(range, nowMs);
  return (
    <>
      <PageHeader
        title={t("title")}
        text={t("range", { from: format.instant(fromMs), to: format.instant(toMs) })}
        actions={days ? <RangePicker range={range} historyDays={days} /> : undefined}
      />
      <Loaded query={statistics}>
        {(data) => (
          <Stack gap="lg" opacity={statistics.isPlaceholderData || statistics.isError ? 0.6 : 1}>
            <Totals data={data} />
            {data.fired || data.acknowledged || data.resolved ? (
              <Charts data={data} isWeek={range.hours >= WEEK_HOURS} />
            ) : (
              <EmptyState
                icon={<IconChartHistogram size={48} stroke={1.2} />}
                title={t("empty")}
                text={t("emptyHint", { count: days ?? 0 })}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

function Totals({ data }: { data: Statistics }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const mean = (ms: number | null) => (ms === null ? "–" : format.duration(ms));
  return (
    <Tiles label={t("totals")}>
      <Tile label={t("fired")} value={format.number(data.fired)} />
      <Tile label={t("acknowledged")} value={format.number(data.acknowledged)} />
      <Tile label={t("resolved")} value={format.number(data.resolved)} />
      <Tile label={t("meanAcknowledge")} value={mean(data.mean_ms_to_acknowledge)} hint={t("meanAcknowledgeHint")} />
      <Tile label={t("meanResolve")} value={mean(data.mean_ms_to_resolve)} hint={t("meanResolveHint")} />
      <Tile label={t("activeNow")} value={format.number(data.active.total)} />
    </Tiles>
  );
}

function Charts({ data, isWeek }: { data: Statistics; isWeek: boolean }) {
  const { t } = useTranslation("statistics");
  const rules = useRuleList().data;
  const nameOf = (id: string) => rules?.find((rule) => rule.id === id)?.name ?? id;
  const isGone = (id: string) => rules !== undefined && !rules.some((rule) => rule.id === id);
  return (
    <>
      <Paper withBorder p="md" component="section">
        <SeverityChart data={data} />
      </Paper>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Paper withBorder p="md" h="100%" component="section">
            <Ranking
              title={t("byRule")}
              text={t("byRuleHint")}
              of={t("rule")}
              counts={data.by_rule}
              name={(id) =>
                isGone(id) ? (
                  <Group gap={6} component="span">
                    {id}
                    <Text span size="xs" c="dimmed">
                      {t("ruleGone")}
                    </Text>
                  </Group>
                ) : (
                  <Anchor component={Link} href={`/rules/${encodeURIComponent(id)}`} size="sm" c="inherit">
                    {nameOf(id)}
                  </Anchor>
                )
              }
            />
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Paper withBorder p="md" h="100%" component="section">
            <Ranking
              title={t("byPlugin")}
              text={t("byPluginHint")}
              of={t("plugin")}
              counts={data.by_plugin}
              name={(id) => (
                <Anchor component={Link} href={`/plugins?plugin=${encodeURIComponent(id)}`} size="sm" c="inherit">
                  {id}
                </Anchor>
              )}
            />
          </Paper>
        </Grid.Col>
      </Grid>
      <Paper withBorder p="md" component="section">
        <Title order={3} size="h5">
          {t("heat.title")}
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          {t(isWeek ? "heat.text" : "heat.needsWeek")}
        </Text>
        {isWeek && <HeatMap heat={heatOf(data.by_hour)} />}
      </Paper>
    </>
  );
}
