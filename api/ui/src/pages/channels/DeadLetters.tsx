/** Notifications that were given up: why, and once more. */

import { Anchor, Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useDead, useRetry } from "../../api/channels";
import { useMay } from "../../api/context";
import { useReasonText } from "../../format/useReasonText";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { TimeAgo } from "../../parts/TimeAgo";
import classes from "./ChannelCards.module.css";

const STEP = 50;

export function DeadLetters({ channel }: { channel?: string }) {
  const { t } = useTranslation("channels");
  const reasonText = useReasonText();
  const dead = useDead();
  const retry = useRetry();
  const mayRetry = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const [chosen, setChosen] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [shown, setShown] = useState(STEP);
  const only = channel ?? chosen;
  const run = (body: { channel?: string; alert_id?: string }) =>
    retry.mutate(body, {
      onSuccess: ({ retried }) => notifyDone(t("retried", { count: retried })),
      onError: notifyFailed,
    });
  return (
    <section aria-label={t("deadTitle")} data-testid="dead-letters">
      <Loaded query={dead}>
        {({ notifications }) => {
          const names = [...new Set(notifications.map((one) => one.channel))].sort();
          const found = only ? notifications.filter((one) => one.channel === only) : notifications;
          return (
            <Stack gap="xs">
              <Group justify="space-between">
                <Title order={3} size="h5">
                  {t("deadTitle")}
                </Title>
                <Group gap="xs">
                  {channel === undefined && names.length > 1 && (
                    <Select
                      size="xs"
                      aria-label={t("title")}
                      placeholder={t("allChannels")}
                      clearable
                      data={names}
                      value={chosen}
                      onChange={setChosen}
                    />
                  )}
                  {mayRetry && found.length > 0 && (
                    <Button
                      size="xs"
                      variant="default"
                      leftSection={<IconRefresh size={14} />}
                      onClick={() => setAsking(true)}
                    >
                      {t("retryAll", { count: found.length })}
                    </Button>
                  )}
                </Group>
              </Group>
              {found.length === 0 ? (
                <Text size="sm" c="dimmed">
                  {t("deadNone")}
                </Text>
              ) : (
                <Paper withBorder component="ul" m={0} p={0} className={classes.list}>
                  {found.slice(0, shown).map((one) => (
                    <li key={`${one.channel} ${one.alert_id}`}>
                      <Group className={classes.unset} justify="space-between" wrap="nowrap" gap="sm">
                        <div>
                          <Text size="sm" fw={600}>
                            <Anchor component={Link} href={`/alerts/${one.alert_id}`} inherit c="inherit">
                              {one.rule_name ?? one.alert_id}
                              {one.plugin_name ? ` — ${one.plugin_name}` : ""}
                            </Anchor>
                          </Text>
                          <Text size="sm">
                            {reasonText({ code: one.reason_code, values: one.reason_values }, one.reason)}
                          </Text>
                          <Text size="xs" c="dimmed">
                            {one.channel} · {t("attempts", { count: one.attempts })} · <TimeAgo atMs={one.at_ms} />
                          </Text>
                        </div>
                        {mayRetry && (
                          <Button
                            size="xs"
                            variant="light"
                            className={classes.action}
                            aria-label={t("retryLabel", {
                              rule: one.rule_name ?? one.alert_id,
                              channel: one.channel,
                            })}
                            onClick={() => run({ channel: one.channel, alert_id: one.alert_id })}
                          >
                            {t("action.retry")}
                          </Button>
                        )}
                      </Group>
                    </li>
                  ))}
                </Paper>
              )}
              {found.length > shown && (
                <Button variant="subtle" onClick={() => setShown(shown + STEP)}>
                  {t("showMore", { count: found.length - shown })}
                </Button>
              )}
              <ConfirmDialog
                opened={isAsking}
                title={t("retryAllTitle")}
                action={t("retryAll", { count: found.length })}
                onClose={() => setAsking(false)}
                onConfirm={() => {
                  setAsking(false);
                  run(only ? { channel: only } : {});
                }}
              >
                {t("retryAllText", { count: found.length })}
              </ConfirmDialog>
            </Stack>
          );
        }}
      </Loaded>
    </section>
  );
}
