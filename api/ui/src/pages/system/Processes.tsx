/** The running processes: state, uptime, last report and work done. */

import { Badge, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Status } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { TimeAgo } from "../../parts/TimeAgo";
import { type Flow, processKey, processPerSecond } from "./flow";
import { rounded } from "./Overview";

/** For each component the counter that describes its work best. */
const WORK: Record<string, string> = {
  producer: "published",
  evaluator: "events",
  router: "transitions",
  relay: "sent",
};

export function Processes({ status, flow }: { status: Status; flow: Flow }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  return (
    <section>
      <Title order={3} size="h4" mb="xs">
        {t("process.title", { count: status.processes.length })}
      </Title>
      <Table.ScrollContainer minWidth={720}>
        <Table verticalSpacing={6} data-testid="processes">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("process.component")}</Table.Th>
              <Table.Th>{t("process.state")}</Table.Th>
              <Table.Th>{t("process.uptime")}</Table.Th>
              <Table.Th>{t("process.seen")}</Table.Th>
              <Table.Th ta="right">{t("process.work")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {status.processes.map((one) => {
              const counter = one.component.startsWith("worker") ? "sent" : WORK[one.component];
              const rate = counter ? processPerSecond(flow, one, counter) : null;
              return (
                <Table.Tr key={processKey(one)}>
                  <Table.Td>
                    {one.component}{" "}
                    <Text span size="xs" c="dimmed">
                      {one.pid}@{one.host}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Badge color={one.ready ? "green" : "orange"} variant="light" tt="none">
                      {t(one.ready ? "process.ready" : "process.notReady")}
                    </Badge>
                  </Table.Td>
                  <Table.Td>
                    <span title={format.instant(one.started_at_ms)}>
                      {format.duration(status.at_ms - one.started_at_ms)}
                    </span>
                  </Table.Td>
                  <Table.Td>
                    <TimeAgo atMs={one.at_ms} />
                  </Table.Td>
                  <Table.Td ta="right">
                    {counter && one.counters[counter] !== undefined
                      ? t("process.total", {
                          number: format.number(one.counters[counter]),
                          what: t(`work.${counter as Work}`),
                        })
                      : ""}
                    {rate ? ` · ${format.number(rounded(rate))} /s` : ""}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

type Work = "published" | "events" | "transitions" | "sent";
