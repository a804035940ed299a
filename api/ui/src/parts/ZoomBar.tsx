/** Buttons that zoom and move charts, and what the charts show now, in words. */

import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconRestore, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/useFormat";
import { panned, type Zoom, zoomed } from "./zoom";

const HOUR_MS = 3_600_000;
const SPANS_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS, 30 * 24 * HOUR_MS, 365 * 24 * HOUR_MS];

interface Props {
  zoom: Zoom;
  /** How long a span each point is the mean of; 0: points are samples. */
  stepMs?: number;
  /** How many spans were lost before they were recorded. */
  gaps?: number;
  /** Older samples cannot be read now. */
  unavailableBeforeMs?: number | null;
}

export function ZoomBar({ zoom, stepMs = 0, gaps = 0, unavailableBeforeMs = null }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { span, bounds, show } = zoom;
  const step = (label: string, icon: ReactNode, act: () => void, isDisabled = false) => (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={act} disabled={isDisabled}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  const [fromMs, untilMs] = span;
  return (
    <div data-testid="zoom">
      <Group gap={4} role="toolbar" aria-label={t("chart.toolbar")}>
        {step(
          t("chart.earlier"),
          <IconChevronLeft size={16} />,
          () => show(panned(span, -0.5, bounds)),
          fromMs <= bounds[0],
        )}
        {step(t("chart.zoomIn"), <IconZoomIn size={16} />, () => show(zoomed(span, 0.5, 0.5, bounds)))}
        {step(t("chart.zoomOut"), <IconZoomOut size={16} />, () => show(zoomed(span, 2, 0.5, bounds)))}
        {step(
          t("chart.later"),
          <IconChevronRight size={16} />,
          () => show(panned(span, 0.5, bounds)),
          untilMs >= bounds[1],
        )}
        {step(t("chart.reset"), <IconRestore size={16} />, zoom.reset, zoom.isHome)}
        {SPANS_MS.map((ms) => (
          <Button key={ms} size="compact-xs" variant="default" onClick={() => show([bounds[1] - ms, bounds[1]])}>
            {format.duration(ms)}
          </Button>
        ))}
      </Group>
      <Text size="xs" c="dimmed" mt={4} aria-live="polite" data-testid="shown">
        {[
          t("chart.shown", { from: format.instant(fromMs), until: format.instant(untilMs) }),
          ...(stepMs ? [t("chart.means", { duration: format.duration(stepMs) })] : []),
          ...(gaps ? [t("chart.gaps", { count: gaps })] : []),
        ].join(" · ")}
      </Text>
      {unavailableBeforeMs !== null && unavailableBeforeMs > fromMs && (
        <Text size="xs" fw={600} mt={4} role="status" data-testid="unavailable">
          {t("chart.unavailable", { time: format.instant(unavailableBeforeMs) })}
        </Text>
      )}
    </div>
  );
}
