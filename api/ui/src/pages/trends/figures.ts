/** Figures of several months put together. Pure. */

import type { MonthFigures } from "../../api/trends";

export type Figures = Omit<MonthFigures, "month">;

/** The sum; times are means weighted by what they are means of. Medians cannot be put together, and are left out. */
export function total(months: readonly Figures[]): Figures {
  const sum = (name: "alerts" | "notifications" | "at_night" | "acknowledged" | "resolved" | "flapping") =>
    months.reduce((all, one) => all + one[name], 0);
  const mean = (name: "mean_ms_to_acknowledge" | "mean_ms_to_resolve", of: "acknowledged" | "resolved") => {
    const known = months.filter((one) => one[name] !== null && one[of] > 0);
    const count = known.reduce((all, one) => all + one[of], 0);
    return count ? known.reduce((all, one) => all + (one[name] ?? 0) * one[of], 0) / count : null;
  };
  const notifications = sum("notifications");
  return {
    alerts: sum("alerts"),
    notifications,
    at_night: sum("at_night"),
    share_at_night: notifications ? sum("at_night") / notifications : null,
    acknowledged: sum("acknowledged"),
    resolved: sum("resolved"),
    flapping: sum("flapping"),
    mean_ms_to_acknowledge: mean("mean_ms_to_acknowledge", "acknowledged"),
    median_ms_to_acknowledge: null,
    mean_ms_to_resolve: mean("mean_ms_to_resolve", "resolved"),
    median_ms_to_resolve: null,
  };
}
