/** What alerting cost people, by month: of all, and of each team, rule and plugin. */

import { Alert, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { IconTrendingUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type AlertingTrend, useAlertingTrend } from "../../api/trends";
import { useFormat } from "../../format/useFormat";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { type AlertingChoice, alertingChoice, knownMonths, MONTHS, OFS, timezone } from "./choice";
import { FiguresTable } from "./FiguresTable";
import { Section } from "./MetricTrends";

export function AlertingTrends() {
  const { t } = useTranslation("trends");
  const [search, setSearch] = useSearchParams();
  const choice = alertingChoice(search);
  const trend = useAlertingTrend(timezone(), choice.months);
  const choose = (changed: Partial<AlertingChoice>) => {
    const { months, of, name } = { ...choice, ...changed };
    const next = new URLSearchParams({ view: "alerting", months: String(months), of });
    if (name !== null) next.set("name", name);
    setSearch(next);
  };
  return (
    <>
      <Group gap="sm">
        <Select
          value={String(choice.months)}
          data={MONTHS.map((months) => ({ value: String(months), label: t("lastMonths", { count: months }) }))}
          onChange={(months) => choose({ months: Number(months) })}
          allowDeselect={false}
          aria-label={t("length")}
          w={180}
        />
        <SegmentedControl
          value={choice.of}
          data={OFS.map((of) => ({ value: of, label: t(of) }))}
          onChange={(of) => choose({ of, name: null })}
          aria-label={t("by")}
        />
      </Group>
      <Loaded query={trend}>
        {(data) =>
          data.all.length ? (
            <Shown data={data} choice={choice} onChoose={(name) => choose({ name })} />
          ) : (
            <EmptyState
              icon={<IconTrendingUp size={48} stroke={1.2} />}
              title={t("noAlerts")}
              text={t("noAlertsHint")}
            />
          )
        }
      </Loaded>
    </>
  );
}

interface ShownProps {
  data: AlertingTrend;
  choice: AlertingChoice;
  onChoose: (name: string | null) => void;
}

function Shown({ data, choice, onChoose }: ShownProps) {
  const { t } = useTranslation("trends");
  const format = useFormat();
  const named = data[choice.of].map((one) => ({ ...one, title: one.name ? one.title : t("noTeam") }));
  const chosen = named.find((one) => one.name === choice.name);
  const months = knownMonths(data.months, data.first_at_ms);
  const leftOut = data.left_out[choice.of] ?? 0;
  return (
    <Stack gap="lg">
      {data.first_at_ms !== null && (
        <Text size="sm" c="dimmed">
          {t("recordedSince", { at: format.instant(data.first_at_ms) })}
        </Text>
      )}
      <Section title={t("allAlerting")} text={t("figuresText")}>
        <FiguresTable months={months} figures={data.all} label={t("allAlerting")} />
      </Section>
      <Section title={t(`by_${choice.of}`)} text={t("byText")}>
        <Select
          label={t(`one_${choice.of}`)}
          searchable
          clearable
          // A select knows no empty value: alerts without a team have one of their own.
          value={chosen ? `=${chosen.name}` : null}
          data={named.map((one) => ({ value: `=${one.name}`, label: one.title }))}
          onChange={(value) => onChoose(value === null ? null : value.slice(1))}
          maw={420}
          mb="md"
        />
        {choice.name !== null && !chosen && <Alert color="gray">{t("nothingOf", { name: choice.name })}</Alert>}
        {chosen ? (
          <FiguresTable months={months} figures={chosen.months} label={chosen.title} />
        ) : (
          <FiguresTable rows={named} label={t(`by_${choice.of}`)} />
        )}
        {leftOut > 0 && (
          <Text size="sm" c="dimmed" mt="xs">
            {t("leftOut", { count: leftOut })}
          </Text>
        )}
      </Section>
    </Stack>
  );
}
