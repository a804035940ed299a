/** The last minutes of a metric, with its threshold: a shape to glance at; the number is beside it. */

import { memo } from "react";
import type { Sample } from "../../api/series";
import classes from "./Board.module.css";

const WIDTH = 96;
const HEIGHT = 28;

export const Sparkline = memo(function Sparkline(props: { samples: readonly Sample[]; threshold: number | null }) {
  const { samples, threshold } = props;
  if (samples.length < 2) return <span className={classes.line} />;
  const { path, limit } = lineOf(samples, threshold, WIDTH, HEIGHT);
  return (
    <svg className={classes.line} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {limit !== null && <line className={classes.limit} x1={0} x2={WIDTH} y1={limit} y2={limit} />}
      <path className={classes.path} d={path} />
    </svg>
  );
});

/** The line through *samples* in a box, and how high the threshold lies in it. Pure. */
export function lineOf(samples: readonly Sample[], threshold: number | null, width: number, height: number) {
  const values = samples.map(([, value]) => value);
  const low = Math.min(...values, threshold ?? Number.POSITIVE_INFINITY);
  const high = Math.max(...values, threshold ?? Number.NEGATIVE_INFINITY);
  const first = samples[0]?.[0] ?? 0;
  const span = (samples.at(-1)?.[0] ?? 0) - first || 1;
  // A level line lies in the middle.
  const y = (value: number) => (high === low ? height / 2 : height - 1 - ((value - low) / (high - low)) * (height - 2));
  const points = samples.map(([atMs, value]) => `${round(((atMs - first) / span) * width)} ${round(y(value))}`);
  return { path: `M${points.join("L")}`, limit: threshold === null ? null : round(y(threshold)) };
}

const round = (pixels: number) => Math.round(pixels * 10) / 10;
