/** When it fires: weekday by hour of the day, in the reader's zone. A table whose cells are coloured by their number. */

import { Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/useFormat";
import classes from "./HeatMap.module.css";

const LEVELS = 5;
// A Monday, in any zone.
const MONDAY = new Date(2024, 0, 1, 12);

export function HeatMap({ heat }: { heat: readonly (readonly number[])[] }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const [reading, read] = useState("");
  const most = Math.max(1, ...heat.flat());
  const days = useMemo(() => weekdays(format.language), [format.language]);
  // 0 stays blank, 1 is already visible, the highest is darkest.
  const level = (count: number) => (count ? Math.max(1, Math.ceil((LEVELS * count) / most)) : 0);
  return (
    <>
      <div>
        <table className={classes.map} aria-label={t("heat.title")} onPointerLeave={() => read("")}>
          <thead>
            <tr>
              <td />
              {Array.from({ length: 24 }, (_, hour) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour.
                <th key={hour} scope="col" data-shown={hour % 3 === 0 || undefined}>
                  {hour}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {heat.map((hours, day) => (
              <tr key={days[day]?.long}>
                <th scope="row">
                  <abbr title={days[day]?.long}>{days[day]?.short}</abbr>
                </th>
                {hours.map((count, hour) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour.
                    key={hour}
                    data-level={level(count)}
                    onPointerEnter={() =>
                      read(t("heat.reading", { day: days[day]?.long ?? "", hour, next: hour + 1, count }))
                    }
                  >
                    <span>{count || ""}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={classes.foot}>
        <Text size="xs" c="dimmed" aria-hidden="true" mih={20}>
          {reading}
        </Text>
        <div className={classes.scale} aria-hidden="true">
          {t("heat.less")}
          {Array.from({ length: LEVELS + 1 }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the index is the level.
            <span key={at} data-level={at} />
          ))}
          {t("heat.more", { most: format.number(most) })}
        </div>
      </div>
    </>
  );
}

function weekdays(language: string) {
  const long = new Intl.DateTimeFormat(language, { weekday: "long" });
  const short = new Intl.DateTimeFormat(language, { weekday: "short" });
  return Array.from({ length: 7 }, (_, at) => {
    const day = new Date(MONDAY);
    day.setDate(day.getDate() + at);
    return { long: long.format(day), short: short.format(day) };
  });
}
