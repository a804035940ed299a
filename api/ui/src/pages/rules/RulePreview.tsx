/** What the rule being written says and would have done: in words, and across recent values. */

import { Alert, Paper, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Preview, useSeries } from "../../api/rules";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { useReasonText } from "../../format/useReasonText";
import { FailedState } from "../../parts/FailedState";
import { TimeChart } from "../../parts/TimeChart";
import { curveOf } from "../../parts/timeLines";
import { ZoomBar } from "../../parts/ZoomBar";
import { SETTLE_MS, useZoom } from "../../parts/zoom";
import { type Draft, firings, limitsOf } from "./draft";

const HOUR_MS = 3_600_000;

interface Props {
  draft: Draft;
  preview: Preview | undefined;
  /** The draft cannot be said in words: some field is missing or wrong. */
  isBad: boolean;
  failure: unknown;
}

export function RulePreview({ draft, preview, isBad, failure }: Props) {
  const { t, i18n } = useTranslation("rules");
  const reasonText = useReasonText();
  const order = i18n.language === "ko" ? (["ko", "en"] as const) : (["en", "ko"] as const);
  return (
    <Paper withBorder p="md" component="section" aria-label={t("preview.title")} data-testid="rule-preview">
      <Stack gap="sm">
        <Title order={3} size="h5">
          {t("preview.title")}
        </Title>
        {failure ? (
          <FailedState error={failure} />
        ) : isBad ? (
          <Text size="sm" c="dimmed">
            {t("preview.incomplete")}
          </Text>
        ) : preview ? (
          <>
            <Stack gap="xs" aria-live="polite">
              {order.map((language, at) => (
                <Text key={language} lang={language} size={at ? "sm" : "md"} c={at ? "dimmed" : undefined}>
                  {preview.sentence[language]}
                </Text>
              ))}
            </Stack>
            {preview.advice?.map(({ reason, reason_code, reason_values }) => (
              <Alert key={reason} variant="light" color="orange" p="xs" data-testid="rule-note">
                {reasonText({ code: reason_code, values: reason_values as Record<string, unknown> }, reason)}
              </Alert>
            ))}
            <Covered draft={draft} preview={preview} />
          </>
        ) : (
          <Skeleton h={96} />
        )}
      </Stack>
    </Paper>
  );
}

function Covered({ draft, preview }: { draft: Draft; preview: Preview }) {
  const { t } = useTranslation("rules");
  // Those that publish all of the metrics come first, so what is shown at first has something to show.
  const { covers, metrics, with_metrics: measured = covers.length } = preview;
  const [chosen, setChosen] = useState<string | null>(null);
  const plugin = chosen && covers.includes(chosen) ? chosen : (covers[0] ?? null);
  useEffect(() => {
    if (chosen && !covers.includes(chosen)) setChosen(null);
  }, [chosen, covers]);
  if (!plugin) {
    return (
      <Alert variant="light" color="gray">
        {t("preview.coversNone")}
      </Alert>
    );
  }
  return (
    <Stack gap="xs">
      <Select
        label={t("preview.covers", { count: covers.length })}
        data={[...covers]}
        searchable
        allowDeselect={false}
        limit={100}
        value={plugin}
        onChange={setChosen}
      />
      {metrics.length > 0 && measured < covers.length && (
        <Text size="sm" c="dimmed" data-testid="measured">
          {measured ? t("preview.measured", { count: measured }) : t("preview.measuredNone")}
        </Text>
      )}
      {metrics.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("preview.noMetric")}
        </Text>
      ) : (
        <Charts draft={draft} plugin={plugin} metrics={metrics} />
      )}
    </Stack>
  );
}

function Charts({ draft, plugin, metrics }: { draft: Draft; plugin: string; metrics: readonly string[] }) {
  const { t } = useTranslation("rules");
  const format = useFormat();
  const nowMs = useNow(10_000);
  const zoom = useZoom([nowMs - HOUR_MS, nowMs + 10_000]);
  const [span] = useDebouncedValue(zoom.span, zoom.isHome ? 0 : SETTLE_MS);
  const series = useSeries(plugin, metrics, zoom.isHome ? null : span);
  if (series.isError) return <FailedState error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data) return <Skeleton h={180} />;
  const limits = limitsOf(draft.condition);
  const found = series.data.series;
  return (
    <Stack gap="md">
      <ZoomBar
        zoom={zoom}
        stepMs={Math.max(0, ...found.map((one) => one.step_ms ?? 0))}
        gaps={found[0]?.gaps?.length}
        unavailableBeforeMs={series.data.unavailable_before_ms}
      />
      {found.map((one) => {
        const { metric } = one;
        const curve = curveOf(one);
        const pairs = curve.samples as [number, number][];
        const write = (value: number, beside?: readonly number[]) => format.value(value, metric, beside);
        const own = limits.filter((limit) => limit.metric === metric);
        const recover = own.length === 1 ? draft.recover?.threshold : null;
        const thresholds = [
          ...own.map((limit) => ({
            value: limit.value,
            label: t("preview.limit", { operator: limit.operator, value: write(limit.value) }),
          })),
          ...(typeof recover === "number"
            ? [{ value: recover, label: t("preview.recover", { value: write(recover) }) }]
            : []),
        ];
        // Of means, nobody knows when a rule would have fired.
        const only = draft.condition.kind === "threshold" && !curve.stepMs ? own[0] : undefined;
        const count = only ? firings(pairs, only, (draft.for_seconds ?? 0) * 1_000) : 0;
        return (
          <Stack key={metric} gap={4}>
            <Text size="sm" fw={600}>
              {metric}
            </Text>
            {pairs.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t("preview.noSamples")}
              </Text>
            ) : (
              <>
                <TimeChart
                  label={t("preview.chart", { metric, plugin })}
                  lines={[{ label: metric, ...curve }]}
                  zoom={zoom}
                  thresholds={thresholds}
                  formatValue={write}
                  height={180}
                />
                {only && (
                  <Text size="sm" fw={count ? 600 : 400} data-testid="would-fire">
                    {count ? t("preview.wouldFire", { count }) : t("preview.wouldNotFire")}
                  </Text>
                )}
              </>
            )}
          </Stack>
        );
      })}
    </Stack>
  );
}
