/** Weeks and months of a metric, the newest first. */

import { Button, Group, Table } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { MetricTrend } from "../../api/trends";
import { useFormat } from "../../format/useFormat";
import { noonOf } from "./choice";

const FIRST_WEEKS = 8;

export function WeekTable({ data }: { data: MetricTrend }) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const [isWhole, whole] = useDisclosure(false);
  const weeks = [...data.weeks].reverse();
  return (
    <>
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={5} aria-label={t("weeks.title")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("weeks.from")}</Table.Th>
              <Table.Th ta="right">{t("average")}</Table.Th>
              <Table.Th ta="right">{t("weeks.change")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {weeks.slice(0, isWhole ? undefined : FIRST_WEEKS).map((week) => (
              <Table.Tr key={week.monday}>
                <Table.Td>{format.date(noonOf(week.monday))}</Table.Td>
                <Table.Td ta="right">{format.value(week.average, data.metric)}</Table.Td>
                <Table.Td ta="right">
                  {week.change === null ? "–" : `${week.change > 0 ? "+" : ""}${format.percent(week.change)}`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {weeks.length > FIRST_WEEKS && (
        <Group mt="xs">
          <Button variant="subtle" size="compact-sm" onClick={whole.toggle} aria-expanded={isWhole}>
            {isWhole ? t("fewer") : t("all", { count: weeks.length })}
          </Button>
        </Group>
      )}
    </>
  );
}

export function MonthTable({ data }: { data: MetricTrend }) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const columns = ["average", "p50", "p95", "p99", "least", "most"] as const;
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table verticalSpacing={5} aria-label={t("months.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("month")}</Table.Th>
            {columns.map((name) => (
              <Table.Th key={name} ta="right">
                {t(name)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...data.months].reverse().map((month) => (
            <Table.Tr key={month.month}>
              <Table.Td>{format.month(noonOf(`${month.month}-15`))}</Table.Td>
              {columns.map((name) => (
                <Table.Td key={name} ta="right">
                  {format.value(month[name], data.metric)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
