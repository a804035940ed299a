/** One plugin whole: its metrics' last hour with the lines that rules hold them against, and those rules. */

import { Anchor, Badge, Drawer, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlug } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Plugin, seriesKey, useRuleList, useSeries } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { EmptyState } from "../../parts/EmptyState";
import { FailedState } from "../../parts/FailedState";
import { Loaded } from "../../parts/Loaded";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { TimeChart } from "../../parts/TimeChart";
import { curveOf } from "../../parts/timeLines";
import { ZoomBar } from "../../parts/ZoomBar";
import { SETTLE_MS, useZoom } from "../../parts/zoom";
import { rulesFor, thresholdsOf } from "./coverage";
import { HOUR_MS, LastSeen, metricsOf, OpenAlerts, Tags, useIsStale } from "./plugin";

interface Props {
  /** null: closed. */
  id: string | null;
  plugin: Plugin | undefined;
  /** The parent has published itself, so there is something to show of it. */
  isParentKnown: boolean;
  /** The list has been read: a plugin that is not in it does not exist. */
  isKnown: boolean;
  onClose: () => void;
}

export function PluginDrawer({ id, plugin, isParentKnown, isKnown, onClose }: Props) {
  const { t } = useTranslation("plugins");
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="xl"
      title={
        <Text component="span" fw={650} size="lg">
          {plugin?.plugin_name || id}
        </Text>
      }
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {plugin ? (
        <Details plugin={plugin} isParentKnown={isParentKnown} />
      ) : (
        isKnown && (
          <EmptyState icon={<IconPlug size={40} stroke={1.2} />} title={t("unknown")} text={t("unknownHint")} />
        )
      )}
    </Drawer>
  );
}

function Details({ plugin, isParentKnown }: { plugin: Plugin; isParentKnown: boolean }) {
  const { t } = useTranslation("plugins");
  const format = useFormat();
  const isStale = useIsStale(plugin);
  const rules = useRuleList();
  const metrics = metricsOf(plugin);
  const names = metrics.map(([metric]) => metric).join("\n");
  const wanted = useMemo(
    () =>
      names
        .split("\n")
        .filter(Boolean)
        .map((metric) => ({ plugin_id: plugin.plugin_id, metric })),
    [names, plugin.plugin_id],
  );
  const nowMs = useNow(30_000);
  const zoom = useZoom([nowMs - HOUR_MS, nowMs + 30_000]);
  const [span] = useDebouncedValue(zoom.span, zoom.isHome ? 0 : SETTLE_MS);
  const series = useSeries(wanted, HOUR_MS, 240, zoom.isHome ? null : span);
  const curves = metrics.map(([metric]) => {
    const found = series.found.get(seriesKey(plugin.plugin_id, metric));
    return curveOf(found ?? { samples: [] });
  });
  const covering = rulesFor(rules.data ?? [], plugin);
  return (
    <Stack gap="lg" data-testid="plugin">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed">
            {plugin.plugin_id}
          </Text>
          <Group gap="sm">
            <OpenAlerts plugin={plugin} />
            <LastSeen plugin={plugin} isStale={isStale} />
          </Group>
        </Group>
        {plugin.parent_id && (
          <Text size="sm" data-testid="parent">
            {t("partOf")}{" "}
            {isParentKnown ? (
              <Anchor
                component={Link}
                href={`/plugins?plugin=${encodeURIComponent(plugin.parent_id)}`}
                size="sm"
                underline="always"
              >
                {plugin.parent_id}
              </Anchor>
            ) : (
              plugin.parent_id
            )}
          </Text>
        )}
        <Tags plugin={plugin} />
      </Stack>

      <section>
        <Title order={3} size="h5" mb="xs">
          {t("metrics")}
        </Title>
        {series.isFailed && <FailedState error={series.error} />}
        {metrics.length === 0 && <Text c="dimmed">{t("noMetrics")}</Text>}
        {metrics.length > 0 && (
          <ZoomBar
            zoom={zoom}
            stepMs={Math.max(...curves.map((curve) => curve.stepMs ?? 0))}
            gaps={curves[0]?.gaps?.length}
            unavailableBeforeMs={series.unavailableBeforeMs}
          />
        )}
        <Stack gap="md">
          {metrics.map(([metric, value], place) => (
            <div key={metric}>
              <Group justify="space-between" gap="xs">
                <Text size="sm" fw={600}>
                  {metric}
                </Text>
                <Text size="sm" fw={600}>
                  {format.value(
                    value,
                    metric,
                    thresholdsOf(covering, metric).map((line) => line.value),
                  )}
                </Text>
              </Group>
              <TimeChart
                height={140}
                label={zoom.isHome ? t("lastHour", { metric }) : metric}
                lines={[{ label: metric, ...(curves[place] ?? { samples: [] }) }]}
                zoom={zoom}
                thresholds={thresholdsOf(covering, metric).map((line) => ({
                  value: line.value,
                  label: `${line.rule.name}: ${format.value(line.value, metric, [value])}`,
                }))}
                formatValue={(one, beside) => format.value(one, metric, beside)}
              />
            </div>
          ))}
        </Stack>
      </section>

      <section>
        <Title order={3} size="h5" mb="xs">
          {t("rules")}
        </Title>
        <Loaded query={rules}>
          {() =>
            covering.length ? (
              <Table verticalSpacing={6} data-testid="rules">
                <Table.Tbody>
                  {covering.map((rule) => (
                    <Table.Tr key={rule.id}>
                      <Table.Td>
                        <Anchor component={Link} href={`/rules/${encodeURIComponent(rule.id ?? "")}`} size="sm">
                          {rule.name}
                        </Anchor>
                        {!rule.enabled && (
                          <Badge ml="xs" size="sm" color="gray" variant="light" tt="none">
                            {t("off")}
                          </Badge>
                        )}
                      </Table.Td>
                      <Table.Td ta="right">
                        <SeverityBadge severity={rule.severity} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            ) : (
              <Text size="sm" c="dimmed">
                {t("noRules")}{" "}
                <Anchor component={Link} href="/rules" size="sm" underline="always">
                  {t("nav.rules")}
                </Anchor>
              </Text>
            )
          }
        </Loaded>
      </section>
    </Stack>
  );
}
