/** When a silence holds: once, or again and again by a cron expression. */

import {
  Button,
  Group,
  Input,
  NumberInput,
  Paper,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "../../format/clock";
import { useFormat } from "../../format/useFormat";
import { typedNumber } from "../../parts/typedNumber";
import {
  type Draft,
  fromLocalInput,
  LENGTHS_MS,
  localInput,
  MAX_ONCE_DAYS,
  MAX_RECURRING_DAYS,
  readersZone,
} from "./draft";
import classes from "./Silences.module.css";
import type { SectionProps } from "./section";

export function When({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation("silences");
  const format = useFormat();
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  const zones = useMemo(() => Intl.supportedValuesOf?.("timeZone") ?? [], []);
  const begins = draft.startsAtMs ?? serverNow();
  return (
    <Paper withBorder p="md" component="section" aria-label={t("when")}>
      <Title order={3} size="h5" mb="sm">
        {t("when")}
      </Title>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("when")}
          disabled={disabled}
          data={[
            { value: "once", label: t("once") },
            { value: "again", label: t("recurring") },
          ]}
          value={draft.isRecurring ? "again" : "once"}
          onChange={(to) => change({ type: "recurring", to: to === "again" })}
        />
        <Text size="sm" c="dimmed">
          {draft.isRecurring
            ? t("recurringLimit", { days: MAX_RECURRING_DAYS })
            : t("onceLimit", { days: MAX_ONCE_DAYS })}
        </Text>
        {draft.isRecurring && (
          <>
            <TextInput
              label={t("cron")}
              description={t("cronHint")}
              name="cron"
              disabled={disabled}
              value={draft.cron}
              onChange={(event) => set({ cron: event.target.value })}
              error={errors.cron}
            />
            <Group grow align="flex-start">
              <NumberInput
                label={t("duration")}
                description={t("durationHint")}
                name="duration_minutes"
                disabled={disabled}
                min={0}
                clampBehavior="none"
                value={draft.durationMinutes ?? ""}
                onChange={(value) => set({ durationMinutes: typedNumber(value) })}
                error={errors.duration_minutes}
              />
              <Select
                label={t("zone")}
                description={t("zoneHint")}
                name="timezone"
                disabled={disabled}
                searchable
                allowDeselect={false}
                limit={100}
                data={[...new Set([draft.timezone, "UTC", ...zones])]}
                value={draft.timezone}
                onChange={(timezone) => timezone && set({ timezone })}
                error={errors.timezone}
              />
            </Group>
          </>
        )}
        {/* Beside each other, date and time are cut off on a phone. */}
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <TextInput
            type="datetime-local"
            label={t("from")}
            description={draft.startsAtMs === null ? t("fromNow") : t("readersZone", { zone: readersZone() })}
            disabled={disabled}
            value={draft.startsAtMs === null ? "" : localInput(draft.startsAtMs)}
            onChange={(event) => set({ startsAtMs: fromLocalInput(event.target.value) })}
            error={errors.starts_at_ms}
          />
          <TextInput
            type="datetime-local"
            label={t("to")}
            description={t("readersZone", { zone: readersZone() })}
            disabled={disabled}
            value={localInput(draft.endsAtMs ?? begins + draft.lengthMs)}
            onChange={(event) => set({ endsAtMs: fromLocalInput(event.target.value) })}
            error={errors.ends_at_ms}
          />
        </SimpleGrid>
        {!draft.isRecurring && (
          <Input.Wrapper label={t("length")} labelElement="div">
            <Group gap={6} mt={4} component="fieldset" className={classes.plain} aria-label={t("length")}>
              {LENGTHS_MS.map((lengthMs) => (
                <Button
                  key={lengthMs}
                  size="xs"
                  disabled={disabled}
                  variant={draft.endsAtMs === null && draft.lengthMs === lengthMs ? "filled" : "default"}
                  aria-pressed={draft.endsAtMs === null && draft.lengthMs === lengthMs}
                  onClick={() => set({ lengthMs, endsAtMs: null })}
                >
                  {format.duration(lengthMs)}
                </Button>
              ))}
            </Group>
          </Input.Wrapper>
        )}
      </Stack>
    </Paper>
  );
}
