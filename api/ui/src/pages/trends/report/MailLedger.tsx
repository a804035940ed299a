/** What became of the mail of the last months, and sending the last one now. */

import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type MailSchedule, useMailScheduleChanges } from "../../../api/trends";
import { useFormat } from "../../../format/useFormat";
import { useReasonText } from "../../../format/useReasonText";
import { notifyDone, useNotifyFailed } from "../../../parts/notify";
import { Instant } from "../../../parts/TimeAgo";
import { noonOf } from "../choice";

const SHOWN = 3;
const COLORS = { due: "gray", sending: "blue", sent: "green", dead: "red" } as const;

/** *isTouched*: what is written in the form is not what would be sent by. */
export function MailLedger({ inForce, isTouched }: { inForce: MailSchedule; isTouched: boolean }) {
  const { t } = useTranslation("report");
  const format = useFormat();
  const reasonText = useReasonText();
  const notifyFailed = useNotifyFailed();
  const { send } = useMailScheduleChanges();
  const isOn = inForce.schedule?.enabled ?? false;
  return (
    <Stack gap="xs">
      {inForce.mails.length > 0 && (
        <Table data-testid="report-mails" aria-label={t("mail.mails")}>
          <Table.Tbody>
            {inForce.mails.slice(0, SHOWN).map((one) => (
              <Table.Tr key={one.month}>
                <Table.Td>{format.month(noonOf(`${one.month}-15`))}</Table.Td>
                <Table.Td>
                  <Badge color={COLORS[one.status]} variant="light" tt="none">
                    {t(`mail.states.${one.status}`)}
                  </Badge>
                  {one.reason && (
                    <Text size="xs" c="dimmed">
                      {reasonText({ code: one.reason_code, values: one.reason_values }, one.reason)}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{one.at_ms > 0 && <Instant atMs={one.at_ms} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group justify="space-between" wrap="nowrap">
        <Text size="xs" c="dimmed">
          {isTouched ? t("mail.saveFirst") : isOn ? t("mail.sendHint") : t("mail.turnOnFirst")}
        </Text>
        <Button
          size="xs"
          variant="default"
          disabled={!isOn || isTouched}
          loading={send.isPending}
          onClick={() =>
            send.mutate(undefined, { onSuccess: () => notifyDone(t("mail.sending")), onError: notifyFailed })
          }
        >
          {t("mail.send")}
        </Button>
      </Group>
    </Stack>
  );
}
