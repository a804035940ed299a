/** Figures of alerting: a row a month, the newest first, or a row for each team, rule or plugin. */

import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { AlertingTrend, MonthFigures } from "../../api/trends";
import { useFormat } from "../../format/useFormat";
import { noonOf } from "./choice";
import { type Figures, total } from "./figures";

type Props = { label: string } & (
  | { months: readonly string[]; figures: readonly MonthFigures[]; rows?: never }
  | { rows: AlertingTrend["teams"]; months?: never; figures?: never }
);

export function FiguresTable({ label, months, figures, rows }: Props) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const time = (ms: number | null) => (ms === null ? "–" : format.duration(ms));
  const of = new Map(figures?.map((one) => [one.month, one]));
  const found: { key: string; name: string; figures: Figures }[] = rows
    ? rows.map((row) => ({ key: row.name, name: row.title, figures: total(row.months) }))
    : [...months].reverse().map((month) => ({
        key: month,
        name: format.month(noonOf(`${month}-15`)),
        figures: of.get(month) ?? total([]),
      }));
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table verticalSpacing={5} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{rows ? t("name") : t("month")}</Table.Th>
            <Table.Th ta="right">{t("alerts")}</Table.Th>
            <Table.Th ta="right">{t("notifications")}</Table.Th>
            <Table.Th ta="right">{t("atNight")}</Table.Th>
            <Table.Th ta="right">{t("mtta")}</Table.Th>
            <Table.Th ta="right">{t("mttr")}</Table.Th>
            <Table.Th ta="right">{t("flapping")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.map((row) => (
            <Table.Tr key={row.key}>
              <Table.Td>{row.name}</Table.Td>
              <Table.Td ta="right">{format.number(row.figures.alerts)}</Table.Td>
              <Table.Td ta="right">{format.number(row.figures.notifications)}</Table.Td>
              <Table.Td ta="right">
                {row.figures.share_at_night === null ? "–" : format.percent(row.figures.share_at_night)}
              </Table.Td>
              <Table.Td ta="right">{time(row.figures.mean_ms_to_acknowledge)}</Table.Td>
              <Table.Td ta="right">{time(row.figures.mean_ms_to_resolve)}</Table.Td>
              <Table.Td ta="right">{format.number(row.figures.flapping)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
