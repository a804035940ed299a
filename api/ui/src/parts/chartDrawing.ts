/** What a chart draws beside its lines: thresholds, marks, spans that are lost, and the values under the pointer. */

import uPlot from "uplot";
import classes from "./TimeChart.module.css";

export interface ThresholdLine {
  value: number;
  label: string;
}

/** Where labels stand, so that the next one finds a free place. */
export type Taken = { left: number; right: number; top: number; bottom: number }[];

/**
 * Draw a line across the chart with its label at the right, beside the labels in *taken* that stand at the same height.
 */
export function drawThreshold(
  plot: uPlot,
  { value, label }: ThresholdLine,
  stroke: string,
  family: string,
  taken: Taken = [],
): void {
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
  const textY = y + (isRoomAbove ? -3 : 3) * ratio;
  const height = 13 * ratio;
  const [top, bottom] = isRoomAbove ? [textY - height, textY] : [textY, textY + height];
  const right = freeRight(taken, bbox.left + bbox.width - 4 * ratio, ctx.measureText(label).width, top, bottom);
  taken.push({ left: right - ctx.measureText(label).width, right, top, bottom });
  ctx.fillText(label, right, textY);
}

/** The rightmost right edge, at most *right*, at which a text of *width* covers no other one. */
export function freeRight(taken: Taken, right: number, width: number, top: number, bottom: number): number {
  const inWay = taken.filter((one) => one.top < bottom && top < one.bottom).sort((a, b) => b.right - a.right);
  let edge = right;
  for (const one of inWay) if (one.left < edge && edge - width < one.right) edge = one.left - width / 8 - 4;
  return edge;
}

export function drawMark(
  plot: uPlot,
  { atMs, label }: { atMs: number; label: string },
  stroke: string,
  family: string,
  taken: Taken = [],
): void {
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
  const width = ctx.measureText(label).width;
  const left = isNearEnd ? x - 4 * ratio - width : x + 4 * ratio;
  const height = 13 * ratio;
  let bottom = bbox.top + bbox.height - 4 * ratio;
  const isTaken = () =>
    taken.some(
      (one) => one.left < left + width && left < one.right && one.top < bottom && bottom - height < one.bottom,
    );
  // Marks close to each other have their labels one above the other.
  while (isTaken() && bottom - 2 * height > bbox.top) bottom -= height;
  taken.push({ left, right: left + width, top: bottom - height, bottom });
  ctx.fillText(label, x + (isNearEnd ? -4 : 4) * ratio, bottom);
}

/** Spans of which what was measured is lost. */
export function drawGap(plot: uPlot, [fromMs, untilMs]: readonly [number, number], fill: string): void {
  const { ctx, bbox } = plot;
  const at = (ms: number) =>
    Math.min(Math.max(plot.valToPos(ms / 1_000, "x", true), bbox.left), bbox.left + bbox.width);
  ctx.fillStyle = fill;
  ctx.fillRect(at(fromMs), bbox.top, Math.max(1, at(untilMs) - at(fromMs)), bbox.height);
}

/** Time and values under the pointer. */
export function showTip(
  plot: uPlot,
  lines: number,
  said: (value: number) => string,
  clock: (atMs: number) => string,
): void {
  const tip = plot.over.querySelector<HTMLElement>(`.${classes.tip}`);
  if (!tip) return;
  const at = plot.cursor.idx;
  const instant = at === null || at === undefined ? undefined : plot.data[0][at];
  if (at === null || at === undefined || instant === undefined) {
    tip.hidden = true;
    return;
  }
  const values = plot.data.slice(1, lines + 1).flatMap((line, index) => {
    const value = line[at];
    if (value === null || value === undefined) return [];
    return lines > 1 ? [`${plot.series[index + 1]?.label}: ${said(value)}`] : [said(value)];
  });
  tip.hidden = !values.length;
  tip.textContent = [clock(instant * 1_000), ...values].join(" · ");
  const left = plot.valToPos(instant, "x");
  tip.dataset.side = left > plot.over.clientWidth / 2 ? "left" : "right";
  tip.style.left = `${left}px`;
}
