/**
 * A chart over time: lines, thresholds across it, and the same said in a sentence for those who cannot see it. With a
 * zoom, its span is chosen by dragging, the wheel and keys.
 */

import { Box, Text, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormat } from "../format/useFormat";
import { drawGap, drawMark, drawThreshold, showTip, type Taken, type ThresholdLine } from "./chartDrawing";
import { press, turn } from "./chartSteering";
import classes from "./TimeChart.module.css";
import { type Curve, columns } from "./timeLines";
import type { Zoom } from "./zoom";

export interface TimeLine extends Curve {
  /** Shown in the legend if there is more than one line, and in the summary. */
  label: string;
  /** A colour of the theme, e.g. `blue`; default: one after the other. */
  color?: string;
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
  /** Lets people choose the span; it is shown instead of *range*. */
  zoom?: Zoom;
}

const COLORS = ["blue", "teal", "violet", "orange", "pink", "lime"];
/** Axes of longer spans write days. */
const DAYS_S = 2 * 86_400;
/** A click moves the pointer by less. */
const LEAST_PIXELS = 5;

const hasBand = (line: TimeLine) => (line.lows?.length ?? 0) > 0;

export function TimeChart({ lines, thresholds = [], marks = [], formatValue, label, height = 200, ...rest }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const said = useRef(formatValue ?? format.number);
  said.current = formatValue ?? format.number;
  const { zoom } = rest;
  const range = zoom?.span ?? rest.range;

  const data = useMemo(() => columns(lines), [lines]);
  // What makes another chart of it; samples alone are only put in.
  const shape = JSON.stringify([
    lines.map((line) => [line.label, line.color, hasBand(line)]),
    thresholds,
    marks,
    scheme,
    format.language,
    height,
    zoom !== undefined,
  ]);
  const latest = useRef({ data, lines, thresholds, marks, range, zoom });
  latest.current = { data, lines, thresholds, marks, range, zoom };

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
        cursor: {
          y: false,
          drag: { x: now.zoom !== undefined, y: false, setScale: false },
          bind: {
            dblclick: () => () => {
              latest.current.zoom?.reset();
              return null;
            },
          },
        },
        scales: {
          x: {
            time: true,
            range: (_, low, high) => {
              const shown = latest.current.range;
              return shown ? [shown[0] / 1_000, shown[1] / 1_000] : [low, high];
            },
          },
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
            values: (_, ticks) => {
              const isLong = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > DAYS_S;
              return ticks.map((at) => (isLong ? format.day(at * 1_000) : format.hour(at * 1_000)));
            },
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
            points: { show: line.samples.length < 40, size: 5 },
          })),
          ...now.lines
            .filter(hasBand)
            .flatMap(() => [0, 1].map(() => ({ stroke: "transparent", width: 0, points: { show: false } }))),
        ],
        bands: now.lines.filter(hasBand).map((line, at) => ({
          series: [now.lines.length + 2 + 2 * at, now.lines.length + 1 + 2 * at] as [number, number],
          fill: `${color(`${line.color ?? COLORS[now.lines.indexOf(line) % COLORS.length]}-${shade}`)}33`,
        })),
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width: chosen } = plot.select;
              if (chosen < LEAST_PIXELS) return;
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.zoom?.show([plot.posToVal(left, "x") * 1_000, plot.posToVal(left + chosen, "x") * 1_000]);
            },
          ],
          draw: [
            (plot) => {
              plot.ctx.save();
              for (const line of latest.current.lines) {
                for (const gap of line.gaps ?? []) drawGap(plot, gap, color(scheme === "dark" ? "dark-5" : "gray-2"));
              }
              const taken: Taken = [];
              for (const one of now.thresholds) {
                drawThreshold(plot, one, color(`red-${scheme === "dark" ? 5 : 7}`), style.fontFamily, taken);
              }
              for (const one of now.marks) drawMark(plot, one, color("dimmed"), style.fontFamily, taken);
              plot.ctx.restore();
            },
          ],
          setCursor: [
            (plot) =>
              showTip(
                plot,
                now.lines.length,
                (value) =>
                  said.current(
                    value,
                    now.thresholds.map((one) => one.value),
                  ),
                (at) => (isOfDays(plot) ? format.date(at) : format.clock(at)),
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
    drawn.over.addEventListener("wheel", (event) => turn(event, drawn.over, latest.current.zoom), { passive: false });
    chart.current = drawn;
    return () => {
      drawn.destroy();
      chart.current = null;
    };
  }, [shape, width > 0]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scale reads the span by itself.
  useEffect(() => {
    chart.current?.setData(data as uPlot.AlignedData);
  }, [data, range?.[0], range?.[1]]);

  useEffect(() => {
    if (width) chart.current?.setSize({ width, height });
  }, [width, height]);

  const summary = [
    label,
    ...lines.map((line) => {
      const { label: name, samples, lows = [], highs = [] } = line;
      const newest = samples.at(-1);
      if (!newest) return t("chart.empty", { name });
      const values = [...samples.map(([, value]) => value), ...lows, ...highs];
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
    ...(zoom ? [t("chart.keys")] : []),
  ].join(". ");
  const focusable = zoom
    ? { role: "group", tabIndex: 0, "aria-label": label, onKeyDown: (event: KeyboardEvent) => press(event, zoom) }
    : {};

  return (
    <Box ref={ref} pos="relative" mih={height} w="100%" data-testid="chart" {...focusable}>
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

/** Whether samples are so far apart that their times of day say nothing. */
function isOfDays({ data: [times] }: uPlot): boolean {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  return (last - first) / Math.max(1, times.length - 1) >= DAYS_S / 2;
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
