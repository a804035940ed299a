/** Samples as a chart draws them: lines of different instants on one axis, broken where nothing was measured. Pure. */

export interface Curve {
  /** (epoch ms, value), oldest first. */
  samples: readonly (readonly [number, number])[];
  /** How long a span each sample is the mean of; 0: they are samples as they came. */
  stepMs?: number;
  /** With `stepMs`: the lowest and the highest value of each span. */
  lows?: readonly number[];
  highs?: readonly number[];
  /** Spans of which what was measured is lost. */
  gaps?: readonly (readonly [number, number])[];
}

/** Samples that came this many times as far apart as most do are no line. */
const FAR = 4;
/** Closer samples are a line: senders wait, and networks are slow. */
const NEAR_MS = 60_000;

type Cell = number | null | undefined;

/**
 * The columns of a chart: instants (epoch seconds), a column for each curve, then lowest and highest for those that have
 * them. `undefined`: the curve has no sample at this instant; `null`: it is broken there.
 */
export function columns(curves: readonly Curve[]): Cell[][] {
  const drawn = curves.flatMap((curve) => {
    const breaks = breaksOf(curve);
    const at = (values: readonly number[] | undefined) =>
      new Map<number, Cell>([
        ...breaks.map((ms): [number, Cell] => [ms, null]),
        ...curve.samples.map(([ms, value], place): [number, Cell] => [ms, values ? values[place] : value]),
      ]);
    return [{ middle: at(undefined), edges: curve.lows?.length ? [at(curve.lows), at(curve.highs)] : [] }];
  });
  const instants = [...new Set(drawn.flatMap(({ middle }) => [...middle.keys()]))].sort((a, b) => a - b);
  const column = (cells: ReadonlyMap<number, Cell>) => instants.map((ms) => cells.get(ms));
  return [
    instants.map((ms) => ms / 1_000),
    ...drawn.map(({ middle }) => column(middle)),
    ...drawn.flatMap(({ edges }) => edges.map(column)),
  ];
}

/** Instants between two samples at which the line is broken. */
export function breaksOf({ samples, stepMs = 0, gaps = [] }: Curve): number[] {
  const far = stepMs ? stepMs * 1.5 : Math.max(NEAR_MS, FAR * usualMs(samples));
  const breaks: number[] = [];
  for (let place = 1; place < samples.length; place++) {
    const before = samples[place - 1]?.[0] ?? 0;
    const after = samples[place]?.[0] ?? 0;
    const isLost = gaps.some(([fromMs, untilMs]) => fromMs < after && untilMs > before);
    if ((after - before > far || isLost) && after - before > 1) breaks.push(Math.floor((before + after) / 2));
  }
  return breaks;
}

/** How far most samples are apart: the median. */
function usualMs(samples: Curve["samples"]): number {
  const apart = samples.slice(1).map(([ms], place) => ms - (samples[place]?.[0] ?? 0));
  apart.sort((a, b) => a - b);
  return apart[Math.floor(apart.length / 2)] ?? 0;
}

/** What a chart draws of a series that the API answered; a release before this one has only samples. */
export function curveOf(series: {
  samples: unknown;
  step_ms?: number;
  lows?: number[];
  highs?: number[];
  gaps?: unknown;
}): Curve {
  return {
    samples: series.samples as Curve["samples"],
    stepMs: series.step_ms ?? 0,
    lows: series.lows ?? [],
    highs: series.highs ?? [],
    gaps: (series.gaps ?? []) as [number, number][],
  };
}
