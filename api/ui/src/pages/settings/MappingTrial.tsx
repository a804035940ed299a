/** What a mapping would change, before it is saved. */

import { Alert, List, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Trial } from "../../api/mapping";
import { useFormat } from "../../format/useFormat";

export function MappingTrial({ trial }: { trial: Trial }) {
  const { t } = useTranslation("settings");
  const { number } = useFormat();
  if (!trial.series) return <Alert color="gray">{t("mapping.trial.nothing")}</Alert>;
  return (
    <Alert color="blue" title={t("mapping.trial.title")} data-testid="mapping-trial">
      <Stack gap="xs">
        <Text size="sm">
          {t("mapping.trial.plugins", {
            series: trial.series,
            before: trial.plugins_before,
            after: trial.plugins_after,
          })}{" "}
          {trial.series < trial.series_count &&
            t("mapping.trial.sample", { all: number(trial.series_count), seen: number(trial.series) })}
        </Text>
        <Part title={t("mapping.trial.renamed")} all={trial.renamed_count}>
          {trial.renamed.map((one) => (
            <List.Item key={one.before}>
              {one.before} → {one.after.join(", ")}
            </List.Item>
          ))}
        </Part>
        <Part title={t("mapping.trial.dropped")} all={trial.dropped_metrics_count}>
          {trial.dropped_metrics.map((metric) => (
            <List.Item key={metric}>{metric}</List.Item>
          ))}
        </Part>
        <Part title={t("mapping.trial.added")} all={trial.added_metrics.length}>
          {trial.added_metrics.map((metric) => (
            <List.Item key={metric}>{metric}</List.Item>
          ))}
        </Part>
        <Part title={t("mapping.trial.alerts")} all={trial.alerts_count}>
          {trial.alerts.map((one) => (
            <List.Item key={one.alert_id}>
              {one.rule_name}, {one.plugin_id}
            </List.Item>
          ))}
        </Part>
      </Stack>
    </Alert>
  );
}

function Part({ title, all, children }: { title: string; all: number; children: ReactNode[] }) {
  const { t } = useTranslation("settings");
  if (!all) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <List size="sm">{children}</List>
      {all > children.length && <Text size="sm">{t("mapping.trial.more", { count: all - children.length })}</Text>}
    </div>
  );
}
