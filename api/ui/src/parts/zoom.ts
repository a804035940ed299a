/** The span of time that charts show: pure steps, and its state on one page. */

import { useMemo, useState } from "react";
import { serverNow } from "../format/clock";

export type Span = readonly [fromMs: number, untilMs: number];

/** No chart shows less: the axis writes minutes. */
export const LEAST_MS = 60_000;
/** Samples are asked for when nobody has zoomed or moved for so long. */
export const SETTLE_MS = 200;
/** More than any archive keeps by default; where nothing is kept, a chart says so. */
const REACH_MS = 3_650 * 86_400_000;

/** Zoom by *factor* (less than 1: closer) around the instant at *share* of the span. */
export function zoomed([fromMs, untilMs]: Span, factor: number, share: number, bounds: Span): Span {
  const width = Math.max(LEAST_MS, (untilMs - fromMs) * factor);
  const center = fromMs + (untilMs - fromMs) * share;
  return within([center - width * share, center + width * (1 - share)], bounds);
}

/** Move by *share* of the span, towards earlier instants if it is negative. */
export function panned([fromMs, untilMs]: Span, share: number, bounds: Span): Span {
  const by = (untilMs - fromMs) * share;
  return within([fromMs + by, untilMs + by], bounds);
}

/** The same width, moved into *bounds*; the bounds themselves if it is wider. Whole milliseconds. */
export function within([fromMs, untilMs]: Span, [earliestMs, latestMs]: Span): Span {
  const width = Math.min(Math.max(LEAST_MS, untilMs - fromMs), latestMs - earliestMs);
  const from = Math.round(Math.min(Math.max(fromMs, earliestMs), latestMs - width));
  return [from, Math.round(from + width)];
}

export interface Zoom {
  span: Span;
  /** Nobody chose another span; it moves on with time. */
  isHome: boolean;
  /** No chart leaves them. */
  bounds: Span;
  show: (span: Span) => void;
  reset: () => void;
}

/** *home* is shown until somebody chooses another span. */
export function useZoom(home: Span): Zoom {
  const [chosen, setChosen] = useState<Span | null>(null);
  const [homeFrom, homeUntil] = home;
  return useMemo(() => {
    const latest = Math.max(serverNow(), homeUntil);
    const bounds: Span = [Math.min(Math.max(0, latest - REACH_MS), homeFrom), latest];
    return {
      span: chosen ?? [homeFrom, homeUntil],
      isHome: chosen === null,
      bounds,
      show: (span: Span) => setChosen(within(span, bounds)),
      reset: () => setChosen(null),
    };
  }, [chosen, homeFrom, homeUntil]);
}
