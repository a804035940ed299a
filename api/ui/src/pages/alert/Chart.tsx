/** The metric around the event: its samples, the threshold, when it fired and when it was over. */

import { Anchor, Alert as Notice, Skeleton, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChartLine } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { asProblem } from "../../api/problem";
import { useSeries } from "../../api/series";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { FailedState } from "../../parts/FailedState";
import { TimeChart } from "../../parts/TimeChart";
import { curveOf } from "../../parts/timeLines";
import { ZoomBar } from "../../parts/ZoomBar";
import { SETTLE_MS, useZoom } from "../../parts/zoom";
import { rangeOf } from "./story";

const HEIGHT = 240;
const POINTS = 600;
const AGAIN_MS = 15_000;
/** Closer marks would be one line. */
const LEAST_APART_MS = 2_000;

export function MetricChart({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const format = useFormat();
  const isOpen = alert.state !== "resolved";
  const nowMs = useNow(AGAIN_MS) + AGAIN_MS;
  const home = rangeOf(alert, nowMs);
  const zoom = useZoom([home.since_ms, home.until_ms]);
  const [[since_ms, until_ms]] = useDebouncedValue(zoom.span, zoom.isHome ? 0 : SETTLE_MS);
  // The alert of a fleet names the metric of the members; its group has an aggregate of it.
  const hasOwnMetric = alert.metric !== "" && !alert.plugin_id.startsWith("fleet:");
  const series = useSeries(
    hasOwnMetric
      ? { plugin_id: alert.plugin_id, metric: alert.metric }
      : { plugin_id: alert.plugin_id, rule_id: alert.rule_id },
    { since_ms, until_ms, points: POINTS },
    true,
    isOpen && zoom.isHome ? AGAIN_MS : false,
  );
  // A deleted rule says no more what it measured.
  const isUnknown = series.isError && !hasOwnMetric && asProblem(series.error).status === 404;
  if (isUnknown || series.data?.metric === "") return <Text c="dimmed">{t("chart.noMetric")}</Text>;
  if (series.isError && !series.data) return <FailedState error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data) return <Skeleton h={HEIGHT} role="status" aria-label={t("state.loading")} />;
  const { samples, since_ms: wholeSinceMs, metric, plugins: breaching, lows = [], highs = [] } = series.data;
  const bar = (
    <ZoomBar
      zoom={zoom}
      stepMs={series.data.step_ms}
      gaps={series.data.gaps?.length}
      unavailableBeforeMs={series.data.unavailable_before_ms}
    />
  );
  if (!samples.length) {
    return (
      <>
        {bar}
        <Notice color="gray" icon={<IconChartLine />} data-testid="no-samples" mt="xs">
          {zoom.isHome ? t("chart.gone") : t("chart.nothing")}
        </Notice>
      </>
    );
  }
  const firstMs = samples[0]?.[0] ?? 0;
  // What was asked for begins where the event does; kept ones may begin later.
  const isCut = zoom.isHome && (firstMs > alert.started_at_ms || wholeSinceMs > alert.started_at_ms);
  const values = [...samples.map(([, value]) => value), ...lows, ...highs];
  const { threshold } = alert;
  // The samples have the plugin's time. When the condition was met is in that time too; the others are decisions, by the
  // server's clock, which come later if the rule waits or the samples were late.
  const marks = [
    ...(alert.fired_at_ms - alert.started_at_ms > LEAST_APART_MS
      ? [{ atMs: alert.started_at_ms, label: t("chart.began") }]
      : []),
    { atMs: alert.fired_at_ms ?? 0, label: t("chart.fired") },
    { atMs: alert.resolved_at_ms ?? 0, label: t("chart.resolved") },
  ].filter(({ atMs }) => atMs > 0);
  return (
    <>
      {bar}
      <TimeChart
        label={t("chart.label", { metric, condition: alert.condition })}
        lines={[{ label: metric, ...curveOf(series.data) }]}
        thresholds={
          threshold === null ? [] : [{ value: threshold, label: format.value(threshold, metric, [alert.value]) }]
        }
        marks={marks}
        formatValue={(value, beside) => format.value(value, metric, beside)}
        height={HEIGHT}
        zoom={zoom}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {t("chart.summary", {
          count: samples.length,
          low: format.value(Math.min(...values), metric, [Math.max(...values), alert.threshold]),
          high: format.value(Math.max(...values), metric, [Math.min(...values), alert.threshold]),
        })}
        {isCut ? ` · ${t("chart.cut", { time: format.instant(Math.max(firstMs, wholeSinceMs)) })}` : ""}
      </Text>
      {breaching.length > 0 && (
        <Text size="sm" mt={4} data-testid="breaching">
          {t("chart.breaching")}{" "}
          {breaching.map((plugin, place) => (
            <span key={plugin}>
              {place > 0 && ", "}
              <Anchor component={Link} href={`/plugins?plugin=${encodeURIComponent(plugin)}`}>
                {plugin}
              </Anchor>
            </span>
          ))}
        </Text>
      )}
    </>
  );
}
