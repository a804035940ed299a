/** The form of one route. */

import { Checkbox, Fieldset, MultiSelect, NumberInput, SimpleGrid, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Route } from "../../api/routing";
import type { Severity } from "../../api/types";
import { typedNumber } from "../../parts/typedNumber";
import { ChannelSelect } from "../rules/sections/ChannelSelect";
import { pairsOf, textsOf } from "../settings/pairs";
import { errorOf } from "./draft";
import type { RouteProps } from "./RouteItem";
import { useTitle } from "./useTitle";

const SPANS = [
  ["group_wait_seconds", 3_600],
  ["group_interval_seconds", 86_400],
  ["repeat_minutes", 10_080],
] as const;

export function RouteFields({ at, route, draft, change, errors, disabled }: RouteProps) {
  const { t } = useTranslation("routes");
  const titleOf = useTitle();
  const set = (fields: Partial<Record<keyof Route, unknown>>) =>
    change({ type: "set", at, fields: fields as Partial<Route> });
  const isRoot = at.length === 0;
  const intervals = Object.keys(draft.tree.time_intervals ?? {});
  const error = (field: keyof Route) => errorOf(errors, at, field);
  return (
    <Fieldset legend={titleOf(route, at)} my="xs" disabled={disabled}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <TextInput
          label={t("field.name")}
          description={t("hint.name")}
          maxLength={100}
          value={route.name ?? ""}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={error("name")}
        />
        {!isRoot && (
          <TagsInput
            label={t("field.matchers")}
            description={t("hint.matchers")}
            splitChars={[]}
            value={route.matchers ?? []}
            onChange={(matchers) => set({ matchers })}
            error={error("matchers")}
          />
        )}
        <ChannelSelect
          label={t("field.channels")}
          description={isRoot ? t("hint.rootChannels") : t("hint.channels")}
          disabled={disabled}
          value={route.channels ?? []}
          onChange={(channels) => set({ channels })}
          error={error("channels")}
        />
        {!isRoot && (
          <Checkbox
            mt="lg"
            label={t("field.continue")}
            description={t("hint.continue")}
            checked={route.continue ?? false}
            onChange={(event) => set({ continue: event.currentTarget.checked })}
          />
        )}
        <Checkbox
          mt="lg"
          label={t("field.ownGrouping")}
          description={isRoot ? t("hint.rootGrouping") : t("hint.ownGrouping")}
          checked={route.group_by !== undefined}
          onChange={(event) => set({ group_by: event.currentTarget.checked ? [] : undefined })}
        />
        {route.group_by !== undefined && (
          <TagsInput
            label={t("field.group_by")}
            description={t("hint.group_by")}
            value={route.group_by}
            onChange={(labels) => set({ group_by: labels })}
            error={error("group_by")}
          />
        )}
        {SPANS.map(([field, max]) => (
          <NumberInput
            key={field}
            label={t(`field.${field}`)}
            description={t(`hint.${field}`)}
            placeholder={isRoot ? t("byDefault") : t("fromAbove")}
            min={0}
            max={max}
            clampBehavior="none"
            value={route[field] ?? ""}
            onChange={(value) => set({ [field]: typedNumber(value) ?? undefined })}
            error={error(field)}
          />
        ))}
        <TagsInput
          label={t("field.severities")}
          description={t("hint.severities")}
          value={textsOf(route.severities ?? {})}
          onChange={(texts) =>
            set({ severities: texts.length ? (pairsOf(texts) as Record<string, Severity>) : undefined })
          }
          error={error("severities")}
        />
        {!isRoot &&
          (["mute_times", "active_times"] as const).map((field) => (
            <MultiSelect
              key={field}
              label={t(`field.${field}`)}
              description={t(`hint.${field}`)}
              placeholder={intervals.length ? "" : t("noIntervals")}
              data={[...new Set([...intervals, ...(route[field] ?? [])])]}
              value={route[field] ?? []}
              onChange={(names) => set({ [field]: names })}
              error={error(field)}
            />
          ))}
      </SimpleGrid>
    </Fieldset>
  );
}
