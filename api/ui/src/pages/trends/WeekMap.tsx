/** The usual value at each hour of the week. A table whose cells are coloured by their value. */

import { Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/useFormat";
import classes from "../statistics/HeatMap.module.css";
import { levelOf } from "./choice";

const LEVELS = 5;
// A Monday, in any zone.
const MONDAY = new Date(2024, 0, 1, 12);

interface Props {
  /** 168 values, Monday 00:00 first; null: never seen. */
  profile: readonly (number | null)[];
  metric: string;
}

export function WeekMap({ profile, metric }: Props) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const [reading, read] = useState("");
  const seen = profile.filter((value) => value !== null);
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const write = (value: number) => format.value(value, metric, [least, most]);
  return (
    <>
      <table className={classes.map} aria-label={t("week.title")} onPointerLeave={() => read("")}>
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
          {weekdays(format.language).map((day, at) => (
            <tr key={day.long}>
              <th scope="row">
                <abbr title={day.long}>{day.short}</abbr>
              </th>
              {profile.slice(24 * at, 24 * at + 24).map((value, hour) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour.
                  key={hour}
                  data-level={value === null ? 0 : levelOf(value, least, most, LEVELS)}
                  onPointerEnter={() =>
                    read(
                      t("week.reading", {
                        day: day.long,
                        hour,
                        next: hour + 1,
                        value: value === null ? t("week.unknown") : write(value),
                      }),
                    )
                  }
                >
                  <VisuallyHidden>{value === null ? t("week.unknown") : write(value)}</VisuallyHidden>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.foot}>
        <Text size="xs" c="dimmed" aria-hidden="true" mih={20}>
          {reading}
        </Text>
        {seen.length > 0 && (
          <div className={classes.scale} aria-hidden="true">
            {write(least)}
            {Array.from({ length: LEVELS }, (_, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the index is the level.
              <span key={at} data-level={at + 1} />
            ))}
            {write(most)}
          </div>
        )}
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
