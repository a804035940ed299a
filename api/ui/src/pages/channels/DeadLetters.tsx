/** Notifications that were given up: why, and once more. */

import { Anchor, Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useDead, useHealth, useRetry } from "../../api/channels";
import { useMay } from "../../api/context";
import { useReasonText } from "../../format/useReasonText";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { ShowMore } from "../../parts/ShowMore";
import { TimeAgo } from "../../parts/TimeAgo";
import classes from "./ChannelCards.module.css";

export function DeadLetters({ channel }: { channel?: string }) {
  const { t } = useTranslation("channels");
  const reasonText = useReasonText();
  const health = useHealth();
  const retry = useRetry();
  const mayRetry = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const [chosen, setChosen] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const only = channel ?? chosen;
  const dead = useDead(only);
  const names = Object.entries(health.data ?? {}).flatMap(([name, one]) =>
    one.dead_letters || name === only ? [name] : [],
  );
  const run = (body: { channel?: string; alert_id?: string }) =>
    retry.mutate(body, {
      onSuccess: ({ retried }) => notifyDone(t("retried", { count: retried })),
      onError: notifyFailed,
    });
  return (
    <section aria-label={t("deadTitle")} data-testid="dead-letters">
      <Loaded query={dead}>
        {({ pages }) => {
          const found = pages.flatMap((page) => page.notifications);
          const total = pages.at(-1)?.total ?? found.length;
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
                      {t("retryAll", { count: total })}
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
                  {found.map((one) => (
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
              <ShowMore query={dead} shown={found.length} total={total} />
              <ConfirmDialog
                opened={isAsking}
                title={t("retryAllTitle")}
                action={t("retryAll", { count: total })}
                onClose={() => setAsking(false)}
                onConfirm={() => {
                  setAsking(false);
                  run(only ? { channel: only } : {});
                }}
              >
                {t("retryAllText", { count: total })}
              </ConfirmDialog>
            </Stack>
          );
        }}
      </Loaded>
    </section>
  );
}
