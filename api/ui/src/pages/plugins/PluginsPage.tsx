/** Every plugin heard of: what it last said, when, and what is wrong with it. */

import { Anchor, Button, Code, Group, Paper, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlug, IconSearch } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type Plugin, type Series, seriesKey, usePlugins, useSeries } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { EmptyState } from "../../parts/EmptyState";
import { Line } from "../../parts/Line";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { useShortcuts } from "../../shell/shortcuts";
import { answers } from "./coverage";
import { PluginDrawer } from "./PluginDrawer";
import classes from "./Plugins.module.css";
import { HOUR_MS, LastSeen, metricsOf, OpenAlerts, Tags, useIsStale } from "./plugin";

const METRICS_SHOWN = 6;

const STEP = 30;

export function PluginsPage() {
  const { t } = useTranslation("plugins");
  const plugins = usePlugins();
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(search.get("q") ?? "");
  const [sought] = useDebouncedValue(text.trim(), 150);
  const [shown, show] = useState(STEP);
  const field = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: t("search"), run: () => field.current?.focus() }]);

  const found = useMemo(() => (plugins.data ?? []).filter((one) => answers(one, sought)), [plugins.data, sought]);
  const visible = useMemo(() => found.slice(0, shown), [found, shown]);
  const wanted = useMemo(
    () => visible.flatMap((one) => metricsShown(one).map(([metric]) => ({ plugin_id: one.plugin_id, metric }))),
    [visible],
  );
  const series = useSeries(wanted, HOUR_MS, 60);

  const openedId = search.get("plugin");
  const open = (id: string | null) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (id) after.set("plugin", id);
      else after.delete("plugin");
      return after;
    });

  return (
    <>
      <PageHeader
        title={t("title")}
        text={plugins.data && t("count", { count: plugins.data.length })}
        actions={
          <TextInput
            ref={field}
            type="search"
            w={{ base: "100%", xs: 280 }}
            leftSection={<IconSearch size={16} />}
            placeholder={t("search")}
            aria-label={t("search")}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              show(STEP);
            }}
          />
        }
      />
      <Loaded query={plugins}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon={<IconPlug size={48} stroke={1.2} />} title={t("empty")} text={t("emptyHint")}>
              <Code block>enhanced-alerts publish demo cpu_usage=42</Code>
            </EmptyState>
          ) : found.length === 0 ? (
            <EmptyState icon={<IconSearch size={48} stroke={1.2} />} title={t("notFound", { text: sought })}>
              <Button variant="default" onClick={() => setText("")}>
                {t("showAll")}
              </Button>
            </EmptyState>
          ) : (
            <Stack gap="sm">
              {series.isFailed && (
                <Text size="sm" c="red" role="alert">
                  {t("noSeries")}
                </Text>
              )}
              <ul className={classes.list} data-testid="plugins">
                {visible.map((one) => (
                  <PluginCard
                    key={one.plugin_id}
                    plugin={one}
                    series={series.found}
                    onOpen={() => open(one.plugin_id)}
                  />
                ))}
              </ul>
              {found.length > shown && (
                <Button variant="default" onClick={() => show(shown + STEP)}>
                  {t("more", { count: found.length - shown })}
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
      <PluginDrawer
        id={openedId}
        plugin={plugins.data?.find((one) => one.plugin_id === openedId)}
        isKnown={plugins.data !== undefined}
        onClose={() => open(null)}
      />
    </>
  );
}

function metricsShown(plugin: Plugin): [string, number][] {
  return metricsOf(plugin).slice(0, METRICS_SHOWN);
}

interface CardProps {
  plugin: Plugin;
  series: ReadonlyMap<string, Series>;
  onOpen: () => void;
}

function PluginCard({ plugin, series, onOpen }: CardProps) {
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
