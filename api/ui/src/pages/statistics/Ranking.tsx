/** Names by how often they occur, as a table with a bar in each row. */

import { Button, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/useFormat";
import classes from "./Ranking.module.css";

interface Props {
  title: string;
  text: string;
  /** Heading of the names' column. */
  of: string;
  counts: Readonly<Record<string, number>>;
  name: (id: string) => ReactNode;
}

const FIRST = 10;

export function Ranking({ title, text, of, counts, name }: Props) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const [isWhole, whole] = useDisclosure(false);
  const all = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const sum = all.reduce((total, [, count]) => total + count, 0);
  const most = all[0]?.[1] ?? 1;
  return (
    <>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {text}
      </Text>
      <Table verticalSpacing={5} horizontalSpacing={0} className={classes.table} aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{of}</Table.Th>
            <Table.Th ta="right" w={72}>
              {t("fired")}
            </Table.Th>
            <Table.Th ta="right" w={64}>
              {t("share")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.slice(0, isWhole ? undefined : FIRST).map(([id, count]) => (
            <Table.Tr key={id}>
              <Table.Td>
                {name(id)}
                <svg className={classes.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(100 * count) / most} height={4} />
                </svg>
              </Table.Td>
              <Table.Td ta="right">{format.number(count)}</Table.Td>
              <Table.Td ta="right">{format.percent(count / sum)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {all.length > FIRST && (
        <Button mt="xs" size="xs" variant="default" onClick={whole.toggle}>
          {isWhole ? t("fewer") : t("all", { count: all.length })}
        </Button>
      )}
    </>
  );
}
