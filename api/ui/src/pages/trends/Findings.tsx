/** What can be named beyond chance; and of what cannot, why. */

import { useTranslation } from "react-i18next";
import type { MetricTrend } from "../../api/trends";
import { useFormat } from "../../format/useFormat";
import { useReasonText } from "../../format/useReasonText";
import { Tile, Tiles } from "../../parts/Tile";
import { noonOf } from "./choice";

export function Findings({ data }: { data: MetricTrend }) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const say = useReasonText();
  const { metric, growth, season, changes, capacity } = data;
  const why = (name: string) => {
    const reason = data.reasons[name];
    return reason && say({ code: reason.reason_code, values: reason.reason_values }, reason.reason);
  };
  const date = (day: string) => format.date(noonOf(day));
  const signed = (value: number, beside: number[]) => `${value > 0 ? "+" : ""}${format.value(value, metric, beside)}`;
  const kinds = [...(season?.is_daily ? [t("daily")] : []), ...(season?.is_weekly ? [t("weekly")] : [])];
  const last = changes.at(-1);
  return (
    <Tiles label={t("findings")}>
      <Tile
        label={t("growth")}
        value={growth ? t("eachWeek", { value: signed(growth.each_week, [growth.least, growth.most]) }) : "–"}
        hint={
          growth
            ? t("between", {
                least: signed(growth.least, [growth.each_week, growth.most]),
                most: signed(growth.most, [growth.least, growth.each_week]),
              })
            : why("growth")
        }
      />
      <Tile
        label={t("changes")}
        value={last ? date(last.day) : "–"}
        hint={
          last
            ? t(last.kind === "level" ? "jumped" : "bent", {
                before: format.value(last.before, metric, [last.after]),
                after: format.value(last.after, metric, [last.before]),
                first: date(last.first_day),
                last: date(last.last_day),
              })
            : (why("changes") ?? t("noChanges"))
        }
      />
      <Tile
        label={t("season")}
        value={season ? kinds.join(" · ") : "–"}
        hint={season ? t("seasonShare", { share: format.percent(season.share) }) : why("season")}
      />
      {data.limit !== null && (
        <Tile
          label={t("reaches", { limit: format.value(data.limit, metric) })}
          value={
            capacity
              ? t("inDays", {
                  count: Math.round(capacity.days),
                  give: Math.max(
                    1,
                    Math.ceil(Math.max(capacity.most_days - capacity.days, capacity.days - capacity.least_days)),
                  ),
                })
              : "–"
          }
          hint={
            capacity
              ? t("onDate", { first: date(capacity.first_date), last: date(capacity.last_date) })
              : why("capacity")
          }
        />
      )}
    </Tiles>
  );
}
