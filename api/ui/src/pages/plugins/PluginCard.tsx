/** A plugin in the list: its name, labels and newest values, each with its last hour. */

import { Anchor, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Plugin, type Series, seriesKey } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { Line } from "../../parts/Line";
import classes from "./Plugins.module.css";
import { LastSeen, metricsOf, OpenAlerts, Tags, useIsStale } from "./plugin";

const METRICS_SHOWN = 6;

/** The metrics whose last hour the cards of these plugins show. */
export function wantedOf(plugins: readonly Plugin[]): { plugin_id: string; metric: string }[] {
  return plugins.flatMap((one) => metricsShown(one).map(([metric]) => ({ plugin_id: one.plugin_id, metric })));
}

function metricsShown(plugin: Plugin): [string, number][] {
  return metricsOf(plugin).slice(0, METRICS_SHOWN);
}

interface CardProps {
  plugin: Plugin;
  series: ReadonlyMap<string, Series>;
  onOpen: () => void;
}

export function PluginCard({ plugin, series, onOpen }: CardProps) {
  const { t } = useTranslation("plugins");
  const format = useFormat();
  const isStale = useIsStale(plugin);
  const metrics = metricsShown(plugin);
  const more = Object.keys(plugin.metrics).length - metrics.length;
  return (
    <Paper component="li" withBorder p="sm" className={classes.card} data-stale={isStale || undefined}>
      <Group justify="space-between" align="flex-start" gap="xs" wrap="nowrap">
        <UnstyledButton className={classes.name} onClick={onOpen} aria-haspopup="dialog">
          <Text fw={600}>{plugin.plugin_name || plugin.plugin_id}</Text>
          <Text size="xs" c="dimmed">
            {plugin.plugin_id}
          </Text>
        </UnstyledButton>
        <Stack gap={4} align="flex-end" className={classes.seen}>
          <OpenAlerts plugin={plugin} />
          <LastSeen plugin={plugin} isStale={isStale} />
        </Stack>
      </Group>
      <Tags plugin={plugin} />
      {metrics.length > 0 && (
        <dl className={classes.metrics}>
          {metrics.map(([metric, value]) => (
            <div key={metric}>
              <dt title={metric}>{metric}</dt>
              <dd>
                {format.value(value, metric)}
                <Line
                  samples={(series.get(seriesKey(plugin.plugin_id, metric))?.samples ?? []) as [number, number][]}
                  label={t("lastHour", { metric })}
                />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {more > 0 && (
        <Anchor component="button" type="button" size="xs" onClick={onOpen} ta="left" underline="always">
          {t("moreMetrics", { count: more })}
        </Anchor>
      )}
    </Paper>
  );
}
