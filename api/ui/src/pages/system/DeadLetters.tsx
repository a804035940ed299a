/** Events that could not be evaluated, each with the reason. */

import { Code, Spoiler, Table, Text } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useDeadLetters } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { useReasonText } from "../../format/useReasonText";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { ShowMore } from "../../parts/ShowMore";
import { TimeAgo } from "../../parts/TimeAgo";

export function DeadLetters() {
  const { t } = useTranslation("system");
  const format = useFormat();
  const reasonText = useReasonText();
  const query = useDeadLetters(true);
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const letters = pages.flatMap((page) => page.dead_letters);
        return letters.length ? (
          <>
            <Table.ScrollContainer minWidth={520}>
              <Table verticalSpacing={6} data-testid="dead-letters">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w={120}>{t("letters.when")}</Table.Th>
                    <Table.Th w={90}>{t("partition.number")}</Table.Th>
                    <Table.Th>{t("letters.reason")}</Table.Th>
                    <Table.Th>{t("letters.payload")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {letters.map((letter) => (
                    <Table.Tr key={`${letter.partition} ${letter.at_ms} ${letter.payload}`}>
                      <Table.Td>
                        <TimeAgo atMs={letter.at_ms} />
                      </Table.Td>
                      <Table.Td>{format.number(letter.partition)}</Table.Td>
                      <Table.Td>
                        <Text size="sm" lang={letter.reason_code ? undefined : "en"}>
                          {reasonText({ code: letter.reason_code, values: letter.reason_values }, letter.reason)}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        <Spoiler maxHeight={44} showLabel={t("letters.more")} hideLabel={t("letters.less")} fz="xs">
                          <Code>{letter.payload}</Code>
                        </Spoiler>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <ShowMore query={query} shown={letters.length} total={pages.at(-1)?.total ?? letters.length} />
          </>
        ) : (
          <EmptyState
            icon={<IconMailCheck size={32} stroke={1.2} />}
            title={t("letters.none")}
            text={t("letters.noneHint")}
          />
        );
      }}
    </Loaded>
  );
}
