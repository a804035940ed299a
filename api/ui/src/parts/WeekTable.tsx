/** Weekday by hour of the day: a table whose cells are coloured by a level, with a line that reads the one pointed at. */

import { Text } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { useFormat } from "../format/useFormat";
import classes from "./WeekTable.module.css";

/** Levels of colour beside 0, which is blank. */
export const LEVELS = 5;
// A Monday, in any zone.
const MONDAY = new Date(2024, 0, 1, 12);

interface Props<T> {
  label: string;
  /** Seven days of 24 hours, Monday 00:00 first. */
  days: readonly (readonly T[])[];
  level: (value: T) => number;
  cell: (value: T) => ReactNode;
  reading: (value: T, at: { day: string; hour: number; next: number }) => string;
  /** What stands at both ends of the scale, and its first level; null: there is no scale. */
  scale: { least: ReactNode; most: ReactNode; from: 0 | 1 } | null;
}

export function WeekTable<T>({ label, days, level, cell, reading, scale }: Props<T>) {
  const { language } = useFormat();
  const [read, setRead] = useState("");
  const names = useMemo(() => weekdays(language), [language]);
  return (
    <>
      <div>
        <table className={classes.map} aria-label={label} onPointerLeave={() => setRead("")}>
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
            {names.map((day, at) => (
              <tr key={day.long}>
                <th scope="row">
                  <abbr title={day.long}>{day.short}</abbr>
                </th>
                {days[at]?.map((value, hour) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour.
                    key={hour}
                    data-level={level(value)}
                    onPointerEnter={() => setRead(reading(value, { day: day.long, hour, next: hour + 1 }))}
                  >
                    {cell(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={classes.foot}>
        <Text size="xs" c="dimmed" aria-hidden="true" mih={20}>
          {read}
        </Text>
        {scale && (
          <div className={classes.scale} aria-hidden="true">
            {scale.least}
            {Array.from({ length: LEVELS + 1 - scale.from }, (_, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the index is the level.
              <span key={at} data-level={at + scale.from} />
            ))}
            {scale.most}
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
