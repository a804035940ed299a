/** Which metric of which plugin, and what it must not reach. */

import { Button, Group, NumberInput, Paper, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { usePlugins } from "../../api/system";
import { type MetricChoice, usualLimit } from "./choice";

const MOST_SHOWN = 100;

export function MetricPicker({ choice }: { choice: MetricChoice }) {
  const { t } = useTranslation("trends");
  const [, setSearch] = useSearchParams();
  const plugins = usePlugins().data ?? [];
  const chosen = plugins.find((one) => one.plugin_id === choice.plugin);
  const metrics = [...new Set([...Object.keys(chosen?.metrics ?? {}), ...(choice.metric ? [choice.metric] : [])])];
  const ids = [...new Set([...plugins.map((one) => one.plugin_id), ...(choice.plugin ? [choice.plugin] : [])])];
  const names = new Map(plugins.map((one) => [one.plugin_id, one.plugin_name]));
  const choose = (changed: Partial<MetricChoice>) => {
    const { plugin, metric, limit, direction } = { ...choice, ...changed };
    const next = new URLSearchParams();
    if (plugin) next.set("plugin", plugin);
    if (metric) next.set("metric", metric);
    if (limit !== usualLimit(metric)) next.set("limit", limit === null ? "" : String(limit));
    if (direction === "falling") next.set("direction", direction);
    setSearch(next);
  };
  return (
    <Paper withBorder p="md">
      <Group align="flex-end" gap="sm">
        <Select
          label={t("plugin")}
          searchable
          limit={MOST_SHOWN}
          value={choice.plugin}
          data={ids.sort().map((id) => ({ value: id, label: names.get(id) ? `${names.get(id)} (${id})` : id }))}
          onChange={(plugin) => choose({ plugin, metric: null, limit: null })}
          nothingFoundMessage={t("nothingFound")}
          miw={220}
          flex={1}
        />
        <Select
          label={t("metric")}
          searchable
          limit={MOST_SHOWN}
          value={choice.metric}
          data={metrics.sort()}
          onChange={(metric) => choose({ metric, limit: usualLimit(metric) })}
          disabled={!choice.plugin}
          nothingFoundMessage={t("nothingFound")}
          miw={220}
          flex={1}
        />
        <Limit key={`${choice.plugin} ${choice.metric} ${choice.limit}`} choice={choice} onChoose={choose} />
      </Group>
    </Paper>
  );
}

function Limit({ choice, onChoose }: { choice: MetricChoice; onChoose: (changed: Partial<MetricChoice>) => void }) {
  const { t } = useTranslation("trends");
  const [limit, setLimit] = useState<number | string>(choice.limit ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChoose({ limit: limit === "" ? null : Number(limit) });
      }}
    >
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <Select
          label={t("limitIs")}
          value={choice.direction}
          data={[
            { value: "rising", label: t("above") },
            { value: "falling", label: t("below") },
          ]}
          allowDeselect={false}
          onChange={(direction) => onChoose({ direction: direction === "falling" ? "falling" : "rising" })}
          w={110}
        />
        <NumberInput label={t("limit")} value={limit} onChange={setLimit} hideControls w={110} />
        <Button type="submit" variant="default" disabled={!choice.metric}>
          {t("apply")}
        </Button>
      </Group>
    </form>
  );
}
