/** When it fires: weekday by hour of the day, in the reader's zone, coloured by the number of alerts. */

import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/useFormat";
import { LEVELS, WeekTable } from "../../parts/WeekTable";

export function HeatMap({ heat }: { heat: readonly (readonly number[])[] }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const most = Math.max(1, ...heat.flat());
  return (
    <WeekTable
      label={t("heat.title")}
      days={heat}
      // 0 stays blank, 1 is already visible, the highest is darkest.
      level={(count) => (count ? Math.max(1, Math.ceil((LEVELS * count) / most)) : 0)}
      cell={(count) => <span>{count || ""}</span>}
      reading={(count, at) => t("heat.reading", { ...at, count })}
      scale={{ least: t("heat.less"), most: t("heat.more", { most: format.number(most) }), from: 0 }}
    />
  );
}
