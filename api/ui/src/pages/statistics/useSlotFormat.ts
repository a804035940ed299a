/** How a bar's slot of time is written, in the reader's zone and language. */

import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Bar, HOUR_MS } from "./counts";

export function useSlotFormat() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
    const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const whole = new Intl.DateTimeFormat(language, {
      month: "short",
      day: "numeric",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    return {
      /** Under the axis: the day where it begins, else the hour. */
      tick: (bar: Bar) => (new Date(bar.fromMs).getHours() === 0 ? day.format(bar.fromMs) : clock.format(bar.fromMs)),
      whole: (bar: Bar) =>
        bar.untilMs - bar.fromMs > 23 * HOUR_MS
          ? day.format(bar.fromMs)
          : `${whole.format(bar.fromMs)} – ${clock.format(bar.untilMs)}`,
    };
  }, [language]);
}
