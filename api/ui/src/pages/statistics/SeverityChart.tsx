/** Firings over time, stacked by severity, worst on top; the same as a table. */

import { Button, Group, Table, Text, Title } from "@mantine/core";
import { useDisclosure, useElementSize } from "@mantine/hooks";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Statistics } from "../../api/system";
import { SEVERITIES } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { SEVERITY_LOOK } from "../../parts/SeverityBadge";
import { type Bar, barsOf, hoursABar, ticksTo } from "./counts";
import classes from "./SeverityChart.module.css";
import { useSlotFormat } from "./useSlotFormat";

const HEIGHT = 220;
const LEFT = 36;
const BOTTOM = 22;
const TOP = 8;
const LEAST_BAR = 9;
const LABEL_WIDTH = 64;
const STACK = [...SEVERITIES].reverse();

export function SeverityChart({ data }: { data: Statistics }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const { ref, width } = useElementSize();
  const [isTable, shown] = useDisclosure(false);
  const room = Math.max(8, Math.floor(((width || 640) - LEFT) / LEAST_BAR));
  const step = hoursABar(data.by_hour.length, room);
  const bars = useMemo(() => barsOf(data.by_hour, step), [data.by_hour, step]);
  return (
    <>
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Title order={3} size="h5">
            {t("bySeverity")}
          </Title>
          <Text size="sm" c="dimmed">
            {step === 24 ? t("aDay") : t("everyHours", { count: step })}
          </Text>
        </div>
        <Button
          size="xs"
          variant="default"
          leftSection={isTable ? <IconChartBar size={14} /> : <IconTable size={14} />}
          aria-pressed={isTable}
          onClick={shown.toggle}
        >
          {t("asTable")}
        </Button>
      </Group>
      <ul className={classes.legend}>
        {SEVERITIES.map((severity) => {
          const Icon = SEVERITY_LOOK[severity].icon;
          return (
            <li key={severity} data-severity={severity}>
              <span className={classes.key} data-severity={severity} aria-hidden="true" />
              <Icon size={14} aria-hidden="true" />
              {t(`severity.${severity}`)} <strong>{format.number(data.by_severity[severity] ?? 0)}</strong>
            </li>
          );
        })}
      </ul>
      <div ref={ref} data-testid="by-severity">
        {isTable ? <BarTable bars={bars} /> : width > 0 && <Bars bars={bars} width={width} />}
      </div>
    </>
  );
}

function Bars({ bars, width }: { bars: readonly Bar[]; width: number }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const slot = useSlotFormat();
  const [hovered, hover] = useState<Bar | null>(null);
  const ticks = ticksTo(Math.max(...bars.map((bar) => bar.fired)));
  const highest = ticks[ticks.length - 1] ?? 1;
  const inner = HEIGHT - TOP - BOTTOM;
  const y = (count: number) => TOP + inner * (1 - count / highest);
  const each = (width - LEFT) / bars.length;
  const every = Math.ceil(LABEL_WIDTH / each);
  const total = bars.reduce((sum, bar) => sum + bar.fired, 0);
  return (
    <>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={t("chartLabel", { count: total })}
        className={classes.chart}
        onPointerLeave={() => hover(null)}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line className={classes.grid} x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end">
              {format.number(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, at) => {
          const x = LEFT + at * each;
          let below = 0;
          return (
            <g key={bar.fromMs} onPointerEnter={() => hover(bar)}>
              <rect
                className={classes.hit}
                data-on={bar === hovered || undefined}
                x={x}
                y={TOP}
                width={each}
                height={inner}
              />
              {STACK.map((severity) => {
                const count = bar.bySeverity[severity] ?? 0;
                if (!count) return null;
                const top = y(below + count);
                const height = y(below) - top;
                below += count;
                return (
                  <rect
                    key={severity}
                    className={classes.bar}
                    data-severity={severity}
                    x={x + Math.min(2, each * 0.12)}
                    y={top}
                    width={Math.max(1, each - Math.min(4, each * 0.24))}
                    height={height}
                  />
                );
              })}
              {at % every === 0 && x + LABEL_WIDTH / 2 < width && (
                <text x={x} y={HEIGHT - 5}>
                  {slot.tick(bar)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <Text size="xs" c="dimmed" mih={20} aria-hidden="true" className={classes.reading}>
        {hovered
          ? `${slot.whole(hovered)} · ${t("fired")} ${format.number(hovered.fired)}${SEVERITIES.filter(
              (severity) => hovered.bySeverity[severity],
            )
              .map((severity) => ` · ${t(`severity.${severity}`)} ${hovered.bySeverity[severity]}`)
              .join("")}`
          : ""}
      </Text>
    </>
  );
}

function BarTable({ bars }: { bars: readonly Bar[] }) {
  const { t } = useTranslation("statistics");
  const format = useFormat();
  const slot = useSlotFormat();
  return (
    <Table.ScrollContainer minWidth={520} mah={360}>
      <Table stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("when")}</Table.Th>
            {SEVERITIES.map((severity) => (
              <Table.Th key={severity} ta="right">
                {t(`severity.${severity}`)}
              </Table.Th>
            ))}
            <Table.Th ta="right">{t("sum")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...bars].reverse().map((bar) => (
            <Table.Tr key={bar.fromMs}>
              <Table.Td>{slot.whole(bar)}</Table.Td>
              {SEVERITIES.map((severity) => (
                <Table.Td key={severity} ta="right">
                  {format.number(bar.bySeverity[severity] ?? 0)}
                </Table.Td>
              ))}
              <Table.Td ta="right" fw={600}>
                {format.number(bar.fired)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
