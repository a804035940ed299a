/** The metric around the event: its samples, the threshold, when it fired and when it was over. */

import { Alert as Notice, Skeleton, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconChartLine } from "@tabler/icons-react";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { type Sample, useSeries } from "../../api/series";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { FailedState } from "../../parts/FailedState";
import "uplot/dist/uPlot.min.css";
import { rangeOf } from "./story";

const HEIGHT = 240;
const POINTS = 600;
const AGAIN_MS = 15_000;

export function MetricChart({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const format = useFormat();
  const isOpen = alert.state !== "resolved";
  const nowMs = useNow(AGAIN_MS) + AGAIN_MS;
  const { since_ms, until_ms } = rangeOf(alert, nowMs);
  const series = useSeries(
    alert.plugin_id,
    alert.metric,
    { since_ms, until_ms, points: POINTS },
    alert.metric !== "",
    isOpen ? AGAIN_MS : false,
  );
  if (!alert.metric) return <Text c="dimmed">{t("chart.noMetric")}</Text>;
  if (series.isError && !series.data) return <FailedState error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data) return <Skeleton h={HEIGHT} role="status" aria-label={t("state.loading")} />;
  const { samples, since_ms: wholeSinceMs } = series.data;
  if (!samples.length) {
    return (
      <Notice color="gray" icon={<IconChartLine />} data-testid="no-samples">
        {t("chart.gone")}
      </Notice>
    );
  }
  const firstMs = samples[0]?.[0] ?? 0;
  // What was asked for begins where the event does; kept ones may begin later.
  const isCut = firstMs > alert.started_at_ms || wholeSinceMs > alert.started_at_ms;
  const values = samples.map(([, value]) => value);
  return (
    <>
      <Plot alert={alert} samples={samples} fromMs={since_ms} untilMs={until_ms} />
      <Text size="xs" c="dimmed" mt={4}>
        {t("chart.summary", {
          count: samples.length,
          low: format.value(Math.min(...values), alert.metric, [Math.max(...values), alert.threshold]),
          high: format.value(Math.max(...values), alert.metric, [Math.min(...values), alert.threshold]),
        })}
        {isCut ? ` · ${t("chart.cut", { time: format.instant(Math.max(firstMs, wholeSinceMs)) })}` : ""}
      </Text>
    </>
  );
}

interface PlotProps {
  alert: Alert;
  samples: readonly Sample[];
  fromMs: number;
  untilMs: number;
}

function Plot({ alert, samples, fromMs, untilMs }: PlotProps) {
  const { t } = useTranslation("alert");
  const format = useFormat();
  const isDark = useComputedColorScheme("light") === "dark";
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const box = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sized, box);
  const plot = useRef<uPlot | null>(null);
  const { metric, threshold, fired_at_ms: firedAtMs, resolved_at_ms: resolvedAtMs, condition } = alert;

  const data = useMemo<uPlot.AlignedData>(() => {
    const times = samples.map(([atMs]) => atMs / 1_000);
    return [times, samples.map(([, value]) => value)];
  }, [samples]);
  const latest = useRef(data);
  latest.current = data;

  // biome-ignore lint/correctness/useExhaustiveDependencies: data and range are set below, without making it anew.
  useEffect(() => {
    if (!box.current || !width) return;
    const ink = isDark ? "#c9c9c9" : "#495057";
    const grid = isDark ? "#373a40" : "#e9ecef";
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const made = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => [fromMs / 1_000, untilMs / 1_000] },
          y: {
            range: (_, low, high) => {
              const least = threshold === null ? low : Math.min(low, threshold);
              const most = threshold === null ? high : Math.max(high, threshold);
              const room = (most - least || Math.abs(most) || 1) * 0.1;
              return [least >= 0 && least - room < 0 ? 0 : least - room, most + room];
            },
          },
        },
        axes: [
          { ...axis, values: (_, splits) => splits.map((at) => format.clock(at * 1_000)), space: 90, size: 30 },
          { ...axis, values: (_, splits) => splits.map((value) => format.value(value, metric, splits)), size: 72 },
        ],
        series: [
          {},
          { stroke: isDark ? "#4dabf7" : "#1864ab", width: 2, points: { show: samples.length < 40, size: 5 } },
        ],
        hooks: {
          draw: [
            (u) => {
              const line = (from: [number, number], to: [number, number], color: string, dash: number[]) => {
                u.ctx.save();
                u.ctx.strokeStyle = color;
                u.ctx.lineWidth = 1.5 * devicePixelRatio;
                u.ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
                u.ctx.beginPath();
                u.ctx.moveTo(...from);
                u.ctx.lineTo(...to);
                u.ctx.stroke();
                u.ctx.restore();
              };
              const { left, top, width: w, height: h } = u.bbox;
              const word = (text: string, x: number, y: number, color: string, align: CanvasTextAlign) => {
                u.ctx.save();
                u.ctx.fillStyle = color;
                u.ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
                u.ctx.textAlign = align;
                u.ctx.fillText(text, x, y);
                u.ctx.restore();
              };
              const red = isDark ? "#ff8787" : "#c92a2a";
              const green = isDark ? "#69db7c" : "#2b8a3e";
              if (threshold !== null) {
                const y = u.valToPos(threshold, "y", true);
                line([left, y], [left + w, y], red, [6, 4]);
                word(
                  format.value(threshold, metric, [alert.value]),
                  left + 4 * devicePixelRatio,
                  y - 6 * devicePixelRatio,
                  red,
                  "left",
                );
              }
              for (const [atMs, name, color] of [
                [firedAtMs, t("chart.fired"), red],
                [resolvedAtMs, t("chart.resolved"), green],
              ] as const) {
                if (!atMs || atMs < fromMs || atMs > untilMs) continue;
                const x = u.valToPos(atMs / 1_000, "x", true);
                const isRight = x > left + w * 0.8;
                line([x, top], [x, top + h], color, [2, 3]);
                word(
                  name,
                  x + (isRight ? -4 : 4) * devicePixelRatio,
                  top + 12 * devicePixelRatio,
                  color,
                  isRight ? "right" : "left",
                );
              }
            },
          ],
        },
      },
      latest.current,
      box.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [width > 0, isDark, metric, threshold, firedAtMs, resolvedAtMs, format, fromMs, untilMs, t]);

  useEffect(() => plot.current?.setData(data), [data]);
  useEffect(() => {
    if (width) plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);

  return (
    <div
      ref={ref}
      role="img"
      aria-label={t("chart.label", { metric, condition })}
      style={{ minHeight: HEIGHT }}
      data-testid="chart"
    />
  );
}
