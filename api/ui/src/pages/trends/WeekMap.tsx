/** The usual value at each hour of the week, coloured by its size. */

import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/useFormat";
import { LEVELS, WeekTable } from "../../parts/WeekTable";
import { levelOf } from "./choice";

interface Props {
  /** 168 values, Monday 00:00 first; null: never seen. */
  profile: readonly (number | null)[];
  metric: string;
}

export function WeekMap({ profile, metric }: Props) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const seen = profile.filter((value) => value !== null);
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const write = (value: number) => format.value(value, metric, [least, most]);
  const say = (value: number | null) => (value === null ? t("week.unknown") : write(value));
  return (
    <WeekTable
      label={t("week.title")}
      days={Array.from({ length: 7 }, (_, at) => profile.slice(24 * at, 24 * at + 24))}
      level={(value) => (value === null ? 0 : levelOf(value, least, most, LEVELS))}
      cell={(value) => <VisuallyHidden>{say(value)}</VisuallyHidden>}
      reading={(value, at) => t("week.reading", { ...at, value: say(value) })}
      scale={seen.length > 0 ? { least: write(least), most: write(most), from: 1 } : null}
    />
  );
}
