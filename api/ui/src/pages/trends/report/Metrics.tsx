/** Metrics that need attention: near a threshold, changed within the month, or growing. */

import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { MonthlyReport } from "../../../api/trends";
import { useFormat } from "../../../format/useFormat";
import { noonOf } from "../choice";
import classes from "./MonthReport.module.css";
import { Part } from "./Part";

export function Metrics({ data }: { data: MonthlyReport }) {
  const { t } = useTranslation("report");
  const leftOut = data.left_out.metrics ?? 0;
  const notes = [
    t("seen", { count: data.metrics_seen }),
    ...(data.metrics_unseen ? [t("unseen", { count: data.metrics_unseen })] : []),
    ...(leftOut ? [t("metricsLeftOut", { count: leftOut })] : []),
  ];
  return (
    <Part title={t("metrics")} text={t("metricsText")}>
      {data.metrics.length ? (
        <ul className={classes.list}>
          {data.metrics.map((one) => (
            <Metric key={`${one.plugin_id} ${one.metric}`} one={one} />
          ))}
        </ul>
      ) : (
        <Text size="sm">{t("noMetrics")}</Text>
      )}
      <Text size="sm" c="dimmed" mt={4}>
        {notes.join(" ")}
      </Text>
    </Part>
  );
}

function Metric({ one }: { one: MonthlyReport["metrics"][number] }) {
  const { t } = useTranslation("report");
  const format = useFormat();
  const { metric, capacity, growth } = one;
  const date = (day: string) => format.date(noonOf(day));
  const said = [
    ...(capacity && one.limit !== null
      ? [
          t("reaches", {
            count: Math.round(capacity.days),
            limit: format.value(one.limit, metric),
            rule: one.rule_id,
            first: date(capacity.first_date),
            last: date(capacity.last_date),
          }),
        ]
      : []),
    ...one.changes.map((change) =>
      t(change.kind === "level" ? "jumped" : "bent", {
        day: date(change.day),
        before: format.value(change.before, metric, [change.after]),
        after: format.value(change.after, metric, [change.before]),
      }),
    ),
    ...(growth
      ? [t("grows", { value: `${growth.each_week > 0 ? "+" : ""}${format.value(growth.each_week, metric)}` })]
      : []),
  ];
  const address = `/trends?${new URLSearchParams({ plugin: one.plugin_id, metric })}`;
  return (
    <li>
      <Anchor component={Link} href={address} inherit underline="always">
        {one.plugin_id} {metric}
      </Anchor>
      {": "}
      {t("now", { value: format.value(one.level, metric) })}; {said.join("; ")}
    </li>
  );
}
