/** A chart over time: lines, thresholds across it, and the same said in a sentence for those who cannot see it. */

import { Box, Text, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormat } from "../format/useFormat";
import classes from "./TimeChart.module.css";

export interface TimeLine {
  /** Shown in the legend if there is more than one line, and in the summary. */
  label: string;
  /** (epoch ms, value), oldest first. */
  samples: readonly (readonly [number, number])[];
  /** A colour of the theme, e.g. `blue`; default: one after the other. */
  color?: string;
}

export interface ThresholdLine {
  value: number;
  label: string;
}

interface Props {
  lines: readonly TimeLine[];
  thresholds?: readonly ThresholdLine[];
  /** Named instants, drawn as vertical lines. */
  marks?: readonly { atMs: number; label: string }[];
  /** Writes values; default: plain numbers. Most often `(value, beside) => format.value(value, metric, beside)`. */
  formatValue?: (value: number, beside?: readonly number[]) => string;
  /** What is drawn, e.g. "cpu_usage of pay, last hour"; the summary begins with it. */
  label: string;
  height?: number;
  /** The span shown, epoch ms; default: that of the samples. */
  range?: readonly [number, number];
}

const COLORS = ["blue", "teal", "violet", "orange", "pink", "lime"];

export function TimeChart({ lines, thresholds = [], marks = [], formatValue, label, height = 200, range }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const said = useRef(formatValue ?? format.number);
  said.current = formatValue ?? format.number;

  const data = useMemo(() => aligned(lines), [lines]);
  // What makes another chart of it; samples alone are only put in.
  const shape = JSON.stringify([
    lines.map((line) => [line.label, line.color]),
    thresholds,
    marks,
    range,
    scheme,
    format.language,
    height,
  ]);
  const latest = useRef({ data, lines, thresholds, marks, range });
  latest.current = { data, lines, thresholds, marks, range };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that is read here.
  useEffect(() => {
    if (!place.current || !width) return;
    const now = latest.current;
    const style = getComputedStyle(place.current);
    const color = (name: string) => style.getPropertyValue(`--mantine-color-${name}`).trim() || "currentColor";
    const shade = scheme === "dark" ? 4 : 7;
    const font = `11px ${style.fontFamily}`;
    const axis = { stroke: color("dimmed"), font, ticks: { show: false } };
    const grid = { stroke: color(scheme === "dark" ? "dark-4" : "gray-3"), width: 1 };
    const drawn = new uPlot(
      {
        width,
        height,
        padding: [12, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: true, ...(now.range ? { range: [now.range[0] / 1_000, now.range[1] / 1_000] } : {}) },
          y: {
            range: (_, low, high) =>
              bounds(
                low,
                high,
                now.thresholds.map((one) => one.value),
              ),
          },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 64,
            values: (_, ticks) => ticks.map((at) => format.hour(at * 1_000)),
          },
          {
            ...axis,
            grid,
            space: 32,
            size: (_, values) => Math.max(40, 12 + 6.5 * Math.max(0, ...(values ?? []).map((one) => one.length))),
            values: (_, ticks) => ticks.map((tick) => said.current(tick, ticks)),
          },
        ],
        series: [
          {},
          ...now.lines.map((line, at) => ({
            label: line.label,
            stroke: color(`${line.color ?? COLORS[at % COLORS.length]}-${shade}`),
            width: 1.75,
            spanGaps: true,
            points: { show: line.samples.length < 40, size: 5 },
          })),
        ],
        hooks: {
          draw: [
            (plot) => {
              plot.ctx.save();
              for (const one of now.thresholds) {
                drawThreshold(plot, one, color(`red-${scheme === "dark" ? 5 : 7}`), style.fontFamily);
              }
              for (const one of now.marks) drawMark(plot, one, color("dimmed"), style.fontFamily);
              plot.ctx.restore();
            },
          ],
          setCursor: [
            (plot) =>
              showTip(
                plot,
                (value) =>
                  said.current(
                    value,
                    now.thresholds.map((one) => one.value),
                  ),
                (at) => format.clock(at),
              ),
          ],
        },
      },
      now.data as uPlot.AlignedData,
      place.current,
    );
    const tip = document.createElement("div");
    tip.className = classes.tip ?? "";
    drawn.over.append(tip);
    chart.current = drawn;
    return () => {
      drawn.destroy();
      chart.current = null;
    };
  }, [shape, width > 0]);

  useEffect(() => {
    chart.current?.setData(data as uPlot.AlignedData);
  }, [data]);

  useEffect(() => {
    if (width) chart.current?.setSize({ width, height });
  }, [width, height]);

  const summary = [
    label,
    ...lines.map((line) => {
      const { label: name, samples } = line;
      const newest = samples.at(-1);
      if (!newest) return t("chart.empty", { name });
      const values = samples.map(([, value]) => value);
      const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
      const limits = thresholds.map((one) => one.value);
      return t("chart.line", {
        name,
        newest: said.current(newest[1], [low, high, ...limits]),
        low: said.current(low, [newest[1], high, ...limits]),
        high: said.current(high, [newest[1], low, ...limits]),
      });
    }),
    ...thresholds.map((one) => one.label),
  ].join(". ");

  return (
    <Box ref={ref} pos="relative" mih={height} w="100%" data-testid="chart">
      <div ref={place} aria-hidden="true" />
      <VisuallyHidden>{summary}</VisuallyHidden>
      {lines.length > 1 && (
        <ul className={classes.legend} aria-hidden="true">
          {lines.map((line, at) => (
            <li key={line.label} data-color={line.color ?? COLORS[at % COLORS.length]}>
              <Text span size="xs">
                {line.label}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Box>
  );
}

/** Lines of different instants on one axis: each instant once, null where a line has none. Epoch seconds. */
export function aligned(lines: readonly TimeLine[]): (number | null)[][] {
  const instants = [...new Set(lines.flatMap((line) => line.samples.map(([at]) => at)))].sort((a, b) => a - b);
  return [
    instants.map((at) => at / 1_000),
    ...lines.map((line) => {
      const known = new Map(line.samples);
      return instants.map((at) => known.get(at) ?? null);
    }),
  ];
}

/** The values' span with every threshold inside, and some room; begins at 0 where that is near. */
export function bounds(low: number | null, high: number | null, thresholds: readonly number[]): [number, number] {
  const all = [low, high, ...thresholds].filter((one): one is number => one !== null && Number.isFinite(one));
  if (!all.length) return [0, 1];
  const min = Math.min(...all);
  const max = Math.max(...all);
  const room = (max - min || Math.abs(max) || 1) * 0.1;
  return [min >= 0 && min - room * 4 <= 0 ? 0 : min - room, max + room];
}

function drawThreshold(plot: uPlot, { value, label }: ThresholdLine, stroke: string, family: string): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const y = Math.round(plot.valToPos(value, "y", true));
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.font = `600 ${11 * ratio}px ${family}`;
  ctx.textAlign = "right";
  const isRoomAbove = y - bbox.top > 18 * ratio;
  ctx.textBaseline = isRoomAbove ? "bottom" : "top";
  ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, y + (isRoomAbove ? -3 : 3) * ratio);
}

function drawMark(plot: uPlot, { atMs, label }: { atMs: number; label: string }, stroke: string, family: string): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const x = Math.round(plot.valToPos(atMs / 1_000, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${11 * ratio}px ${family}`;
  const isNearEnd = x > bbox.left + bbox.width * 0.75;
  ctx.textAlign = isNearEnd ? "right" : "left";
  ctx.textBaseline = "bottom";
  ctx.fillText(label, x + (isNearEnd ? -4 : 4) * ratio, bbox.top + bbox.height - 4 * ratio);
}

/** Time and values under the pointer. */
function showTip(plot: uPlot, said: (value: number) => string, clock: (atMs: number) => string): void {
  const tip = plot.over.querySelector<HTMLElement>(`.${classes.tip}`);
  if (!tip) return;
  const at = plot.cursor.idx;
  const instant = at === null || at === undefined ? undefined : plot.data[0][at];
  if (at === null || at === undefined || instant === undefined) {
    tip.hidden = true;
    return;
  }
  const values = plot.data.slice(1).flatMap((line, index) => {
    const value = line[at];
    if (value === null || value === undefined) return [];
    return plot.series.length > 2 ? [`${plot.series[index + 1]?.label}: ${said(value)}`] : [said(value)];
  });
  tip.hidden = !values.length;
  tip.textContent = [clock(instant * 1_000), ...values].join(" · ");
  const left = plot.valToPos(instant, "x");
  tip.dataset.side = left > plot.over.clientWidth / 2 ? "left" : "right";
  tip.style.left = `${left}px`;
}
