/** The formats in the language shown. */

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import {
  formatAgo,
  formatClock,
  formatDate,
  formatDay,
  formatDuration,
  formatHour,
  formatInstant,
  formatMonth,
} from "./times";
import { formatNumber, formatPercent, formatValue } from "./units";

function formatsOf(language: string) {
  return {
    language,
    /** *beside*: numbers shown next to it, told apart from it. */
    number: (value: number, beside?: readonly number[]) => formatNumber(value, language, beside),
    percent: (share: number, leastDigits?: number) => formatPercent(share, language, leastDigits),
    /** With the unit that the metric's name carries. */
    value: (value: number, metric: string, beside?: readonly (number | null | undefined)[]) =>
      formatValue(value, metric, language, beside?.filter(isNumber)),
    instant: (atMs: number) => formatInstant(atMs, language),
    clock: (atMs: number) => formatClock(atMs, language),
    date: (atMs: number) => formatDate(atMs, language),
    month: (atMs: number) => formatMonth(atMs, language),
    day: (atMs: number) => formatDay(atMs, language),
    hour: (atMs: number) => formatHour(atMs, language),
    ago: (atMs: number, nowMs: number) => formatAgo(atMs, nowMs, language),
    duration: (ms: number) => formatDuration(ms, language),
  };
}

const isNumber = (one: number | null | undefined): one is number => typeof one === "number";

const FormatContext = createContext<ReturnType<typeof formatsOf> | null>(null);

/** Made once for all: a row of the board cannot afford its own. */
export function FormatProvider({ children }: { children: ReactNode }) {
  const { language } = useTranslation("common", { useSuspense: false }).i18n;
  const formats = useMemo(() => formatsOf(language), [language]);
  return <FormatContext.Provider value={formats}>{children}</FormatContext.Provider>;
}

export function useFormat() {
  const formats = useContext(FormatContext);
  if (!formats) throw new Error("useFormat outside FormatProvider");
  return formats;
}
