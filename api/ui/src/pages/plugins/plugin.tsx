/** What the card and the drawer both show of a plugin. */

import { Anchor, Badge, Group, Text } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Plugin } from "../../api/system";
import { useNow } from "../../format/useNow";
import { TimeAgo } from "../../parts/TimeAgo";
import classes from "./Plugins.module.css";

export const HOUR_MS = 3_600_000;

/** Silent for longer than this, a plugin is marked; rules of kind `absence` are what alerts. */
const STALE_MS = 5 * 60_000;

export function useIsStale(plugin: Pick<Plugin, "last_at_ms"> | undefined): boolean {
  const nowMs = useNow(10_000);
  return plugin !== undefined && nowMs - plugin.last_at_ms > STALE_MS;
}

/** In an order that stays while values change. */
export function metricsOf(plugin: Plugin): [string, number][] {
  return Object.entries(plugin.metrics).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function OpenAlerts({ plugin }: { plugin: Plugin }) {
  const { t } = useTranslation("plugins");
  if (!plugin.active_alerts) {
    return (
      <Text size="xs" c="dimmed">
        {t("noAlerts")}
      </Text>
    );
  }
  return (
    <Anchor
      component={Link}
      href={`/?plugin=${encodeURIComponent(plugin.plugin_id)}`}
      size="sm"
      fw={600}
      c="red"
      underline="always"
    >
      {t("alerts", { count: plugin.active_alerts })}
    </Anchor>
  );
}

export function LastSeen({ plugin, isStale }: { plugin: Pick<Plugin, "last_at_ms">; isStale: boolean }) {
  const { t } = useTranslation("plugins");
  if (!isStale) {
    return (
      <Text size="xs" c="dimmed">
        <TimeAgo atMs={plugin.last_at_ms} />
      </Text>
    );
  }
  return (
    <Badge color="orange" variant="light" tt="none" leftSection={<IconClockExclamation size={12} />}>
      {t("silent")} · <TimeAgo atMs={plugin.last_at_ms} />
    </Badge>
  );
}

/** States and labels. */
export function Tags({ plugin }: { plugin: Plugin }) {
  // A group of plugins has an empty list while none breaches.
  const states = Object.entries(plugin.states).filter(([, value]) => value !== "");
  const labels = Object.entries(plugin.labels);
  if (!states.length && !labels.length) return null;
  return (
    <Group gap={6}>
      {states.map(([name, value]) => (
        <Badge key={`state ${name}`} variant="outline" color="gray" tt="none" size="sm" className={classes.tag}>
          {name}: {value}
        </Badge>
      ))}
      {labels.map(([name, value]) => (
        <Badge key={`label ${name}`} variant="light" color="gray" tt="none" size="sm" className={classes.tag}>
          {name}={value}
        </Badge>
      ))}
    </Group>
  );
}
