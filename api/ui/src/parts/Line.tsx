/** A small line of values over time, for beside a figure: no axes, no interaction; the figure says the value. */

import classes from "./Line.module.css";

interface Props {
  /** Instant (ms) and value, oldest first. */
  samples: readonly (readonly [number, number])[];
  /** What it shows, for those who do not see it. */
  label: string;
  height?: number;
}

const WIDTH = 120;

export function Line({ samples, label, height = 28 }: Props) {
  if (samples.length < 2) return <svg className={classes.line} height={height} aria-hidden="true" />;
  const [firstMs] = samples[0] as readonly [number, number];
  const [lastMs] = samples[samples.length - 1] as readonly [number, number];
  const values = samples.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  // A value that never moves is a line in the middle.
  const y = (value: number) => (high > low ? 2 + (height - 4) * (1 - (value - low) / (high - low)) : height / 2);
  const x = (atMs: number) => (WIDTH * (atMs - firstMs)) / Math.max(1, lastMs - firstMs);
  const points = samples.map(([atMs, value]) => `${x(atMs).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg
      className={classes.line}
      height={height}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline points={points} />
    </svg>
  );
}
