/** What is known of an alert: its state, value, times, description and labels. */

import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { IconBook } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useWho } from "../../format/useWho";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { TimeAgo } from "../../parts/TimeAgo";
import classes from "./Alert.module.css";

export function Facts({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const format = useFormat();
  const who = useWho();
  const labels = Object.entries(alert.labels ?? {});
  return (
    <Stack gap="xs" mb="md">
      <Group gap="sm">
        <SeverityBadge severity={alert.severity} />
        <Text fw={600} data-testid="state">
          {t(`alertState.${alert.state}`)}
        </Text>
        {alert.value !== null && (
          <Text>
            <b>{format.value(alert.value, alert.metric, [alert.threshold])}</b>
            {alert.threshold !== null && (
              <Text span c="dimmed">
                {" "}
                · {t("limit", { value: format.value(alert.threshold, alert.metric, [alert.value]) })}
              </Text>
            )}
          </Text>
        )}
        <Text c="dimmed">
          {t("began")} <TimeAgo atMs={alert.started_at_ms} />
        </Text>
        {alert.state === "acknowledged" && alert.acknowledged_by && (
          <Text c="dimmed">
            {t("acknowledgedBy", { name: who(alert.acknowledged_by, alert.acknowledged_by_principal) })}{" "}
            <TimeAgo atMs={alert.acknowledged_at_ms} />
          </Text>
        )}
        {alert.state === "resolved" && (
          <Text c="dimmed">
            {alert.resolved_by === "rule" || !alert.resolved_by
              ? t("resolvedByRule")
              : t("resolvedBy", { name: who(alert.resolved_by, alert.resolved_by_principal) })}{" "}
            <TimeAgo atMs={alert.resolved_at_ms} /> ·{" "}
            {t("lasted", { duration: format.duration(alert.resolved_at_ms - alert.started_at_ms) })}
          </Text>
        )}
      </Group>
      {alert.description && <Text className={classes.words}>{alert.description}</Text>}
      {alert.parent_id && (
        <Text size="sm" data-testid="parent">
          {t("partOf")}{" "}
          <Anchor
            component={Link}
            href={`/plugins?q=${encodeURIComponent(alert.parent_id)}`}
            size="sm"
            underline="always"
          >
            {alert.parent_id}
          </Anchor>
        </Text>
      )}
      {labels.length > 0 && (
        <Group gap={6}>
          {labels.map(([name, value]) => (
            <Badge key={name} variant="default" tt="none" fw={400}>
              {name}={value}
            </Badge>
          ))}
        </Group>
      )}
      {alert.runbook_url && (
        <Anchor href={alert.runbook_url} target="_blank" rel="noreferrer" className={classes.back}>
          <IconBook size={16} aria-hidden="true" />
          {t("runbook")}
        </Anchor>
      )}
    </Stack>
  );
}
