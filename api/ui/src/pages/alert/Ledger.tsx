/** What each channel was told, how the telling goes, and a retry for what was given up. */

import { Badge, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRetry } from "../../api/alerts";
import { useMay } from "../../api/context";
import type { Alert, AlertStory } from "../../api/types";
import { useReasonText } from "../../format/useReasonText";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { Instant } from "../../parts/TimeAgo";
import classes from "./Alert.module.css";

const NEWS = ["firing", "acknowledged", "resolved"] as const;
const STATUS = { due: "yellow", sending: "blue", settled: "green", dead: "red" } as const;

export function Ledger({ alert, channels }: { alert: Alert; channels: AlertStory["channels"] }) {
  const { t } = useTranslation("alert");
  const reasonText = useReasonText();
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const retry = useRetry(alert.id);
  const names = [...new Set([...alert.channels, ...Object.keys(channels)])].sort();
  if (!names.length) return <Text c="dimmed">{t("ledger.none")}</Text>;
  return (
    <ul className={classes.ledger} data-testid="ledger">
      {names.map((name) => {
        const entry = channels[name];
        const told = NEWS.find((news) => news === entry?.told);
        const status = entry?.status ?? "";
        const known = status in STATUS ? (status as keyof typeof STATUS) : null;
        return (
          <li key={name} className={classes.entry} data-channel={name}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text fw={600} truncate>
                {name}
              </Text>
              {entry && known && (
                <Badge variant="light" tt="none" color={STATUS[known]}>
                  {t(`ledger.status.${known}`)}
                </Badge>
              )}
            </Group>
            <Text size="sm">
              {told ? (
                <>
                  {t("ledger.told", { news: t(`news.${told}`) })} · <Instant atMs={entry?.told_at_ms ?? 0} />
                </>
              ) : (
                t("ledger.toldNothing")
              )}
            </Text>
            {entry?.reason && (
              <Text size="sm" c="dimmed" className={classes.words}>
                {reasonText({ code: entry.reason_code, values: entry.reason_values }, entry.reason)}
              </Text>
            )}
            {entry && entry.attempts > 0 && (
              <Text size="xs" c="dimmed">
                {t("ledger.attempts", { count: entry.attempts })}
                {entry.status === "due" && entry.not_before_ms > 0 && (
                  <>
                    {" · "}
                    {t("ledger.next")} <Instant atMs={entry.not_before_ms} />
                  </>
                )}
              </Text>
            )}
            {entry && entry.possible_duplicates > 0 && (
              <Text size="xs" c="dimmed">
                {t("ledger.doubled", { count: entry.possible_duplicates })}
              </Text>
            )}
            {mayAct && entry?.status === "dead" && (
              <Group mt={4}>
                <Button
                  size="xs"
                  variant="light"
                  loading={retry.isPending}
                  onClick={() =>
                    retry.mutate(name, {
                      onSuccess: () => notifyDone(t("ledger.retried", { channel: name })),
                      onError: notifyFailed,
                    })
                  }
                >
                  {t("ledger.retry")}
                </Button>
              </Group>
            )}
          </li>
        );
      })}
    </ul>
  );
}
