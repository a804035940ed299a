/** The formats in the language shown. */

import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatAgo, formatClock, formatDuration, formatHour, formatInstant } from "./times";
import { formatNumber, formatValue } from "./units";

export function useFormat() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(
    () => ({
      language,
      number: (value: number) => formatNumber(value, language),
      /** With the unit that the metric's name carries. */
      value: (value: number, metric: string) => formatValue(value, metric, language),
      instant: (atMs: number) => formatInstant(atMs, language),
      clock: (atMs: number) => formatClock(atMs, language),
      hour: (atMs: number) => formatHour(atMs, language),
      ago: (atMs: number, nowMs: number) => formatAgo(atMs, nowMs, language),
      duration: (ms: number) => formatDuration(ms, language),
    }),
    [language],
  );
}
