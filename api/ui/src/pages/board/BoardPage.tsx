/** The live board: what is active now, worst first. */

import { Anchor, Button, Code, Group, Alert as Notice, Paper, Stack, Text } from "@mantine/core";
import { IconShieldCheck, IconSpeakerphone } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Act, useAct, useBanner, useBoard } from "../../api/alerts";
import { useMay } from "../../api/context";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { worstFirst } from "../../live/board";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { TimeAgo } from "../../parts/TimeAgo";

export function BoardPage() {
  const { t } = useTranslation("board");
  const board = useBoard();
  const count = board.data?.alerts.size ?? 0;
  return (
    <>
      <PageHeader title={t("title")} text={t("count", { count })} {...(count ? { tab: `(${count})` } : {})} />
      <Banner />
      <Loaded query={board}>
        {({ alerts }) =>
          alerts.size ? (
            <AlertList alerts={alerts} />
          ) : (
            <EmptyState icon={<IconShieldCheck size={48} stroke={1.2} />} title={t("empty")} text={t("emptyHint")}>
              <Code block>enhanced-alerts publish demo cpu_usage=95</Code>
            </EmptyState>
          )
        }
      </Loaded>
    </>
  );
}

function Banner() {
  const { t } = useTranslation("board");
  const held = useBanner().data ?? [];
  if (!held.length) return null;
  return (
    <Notice color="red" variant="filled" icon={<IconSpeakerphone />} mb="md" role="alert" data-testid="banner">
      {held.slice(0, 5).map((alert) => (
        <Text key={alert.id} size="sm" fw={600}>
          <Anchor component={Link} href={`/alerts/${alert.id}`} inherit c="inherit" underline="always">
            {t(`severity.${alert.severity}`)}: {alert.rule_name} — {alert.plugin_name}
          </Anchor>
        </Text>
      ))}
      {held.length > 5 && <Text size="sm">{t("bannerMore", { count: held.length - 5 })}</Text>}
    </Notice>
  );
}

function AlertList({ alerts }: { alerts: ReadonlyMap<string, Alert> }) {
  const sorted = useMemo(() => [...alerts.values()].sort(worstFirst), [alerts]);
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const act = useAct();
  const run = (alert: Alert, verb: Act) => act.mutate({ id: alert.id, act: verb }, { onError: notifyFailed });
  return (
    <Stack gap="xs" component="ul" m={0} p={0} data-testid="alerts">
      {sorted.slice(0, 500).map((alert) => (
        <AlertRow key={alert.id} alert={alert} onAct={mayAct ? run : null} />
      ))}
    </Stack>
  );
}

function AlertRow({ alert, onAct }: { alert: Alert; onAct: ((alert: Alert, act: Act) => void) | null }) {
  const { t } = useTranslation("board");
  const format = useFormat();
  return (
    <Paper component="li" withBorder p="sm" data-id={alert.id}>
      <Group justify="space-between" gap="sm">
        <Stack gap={4} flex="1 1 260px" miw={0}>
          <Group gap="xs">
            <SeverityBadge severity={alert.severity} />
            <Text size="sm" c="dimmed">
              {t(`alertState.${alert.state}`)}
              {alert.acknowledged_by && alert.state === "acknowledged"
                ? ` · ${t("by", { name: alert.acknowledged_by })}`
                : ""}
            </Text>
          </Group>
          <Anchor component={Link} href={`/alerts/${alert.id}`} fw={600} c="inherit">
            {alert.rule_name}
          </Anchor>
          <Text size="sm" c="dimmed">
            {alert.plugin_name} · {alert.condition}
            {alert.value === null ? "" : ` · ${t("value", { value: format.value(alert.value, alert.metric) })}`} ·{" "}
            <TimeAgo atMs={alert.started_at_ms} />
          </Text>
        </Stack>
        {onAct && alert.state !== "pending" && (
          <Group gap="xs">
            {alert.state === "firing" && (
              <Button
                size="xs"
                variant="light"
                aria-label={t("acknowledgeLabel", { rule: alert.rule_name, plugin: alert.plugin_name })}
                onClick={() => onAct(alert, "acknowledge")}
              >
                {t("action.acknowledge")}
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              aria-label={t("resolveLabel", { rule: alert.rule_name, plugin: alert.plugin_name })}
              onClick={() => onAct(alert, "resolve")}
            >
              {t("action.resolve")}
            </Button>
          </Group>
        )}
      </Group>
    </Paper>
  );
}
