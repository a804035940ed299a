/** The alerts that were found, each a line: what, where, how bad, when and for how long. */

import { Anchor, Group, Paper, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { useWho } from "../../format/useWho";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { Instant } from "../../parts/TimeAgo";

export function Hits({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useTranslation("search");
  return (
    <Stack component="ul" gap={6} p={0} m={0} aria-label={t("hits")} data-testid="hits" style={{ listStyle: "none" }}>
      {alerts.map((alert) => (
        <Paper key={alert.id} component="li" withBorder px="sm" py={8}>
          <Hit alert={alert} />
        </Paper>
      ))}
    </Stack>
  );
}

function Hit({ alert }: { alert: Alert }) {
  const { t } = useTranslation("search");
  const format = useFormat();
  const who = useWho();
  const nowMs = useNow(60_000);
  const isOver = alert.state === "resolved";
  const lastedMs = Math.max(0, (isOver ? alert.resolved_at_ms : nowMs) - alert.started_at_ms);
  return (
    <Group gap="sm" justify="space-between">
      <Group gap="sm" miw={0} style={{ flex: "1 1 260px" }} wrap="nowrap">
        <SeverityBadge severity={alert.severity} />
        <Stack gap={0} miw={0}>
          <Anchor component={Link} href={`/alerts/${alert.id}`} fw={600} truncate title={alert.rule_name}>
            {alert.rule_name}
          </Anchor>
          <Text size="sm" c="dimmed" truncate title={alert.condition}>
            {alert.plugin_name || alert.plugin_id} · {alert.condition}
          </Text>
        </Stack>
      </Group>
      <Stack gap={0} style={{ flex: "0 1 250px" }}>
        <Text size="sm">
          <Instant atMs={alert.started_at_ms} />
        </Text>
        <Text size="sm" c="dimmed">
          {t(`alertState.${alert.state}`)} · {format.duration(lastedMs)}
          {alert.acknowledged_by
            ? ` · ${t("acknowledgedBy", { name: who(alert.acknowledged_by, alert.acknowledged_by_principal) })}`
            : ""}
        </Text>
      </Stack>
    </Group>
  );
}
