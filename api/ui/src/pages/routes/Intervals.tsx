/** The time intervals that routes name: nights, working hours, the last days of a month. */

import { Button, Fieldset, Group, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TimeInterval } from "../../api/routing";
import { AddButton, RemoveButton } from "../../parts/schema-form/ListButtons";
import { Section } from "../settings/Section";

const LISTS = ["weekdays", "days_of_month", "months", "years"] as const;

interface Props {
  intervals: Record<string, TimeInterval[]>;
  errors: Record<string, string>;
  disabled: boolean;
  onChange: (name: string, parts: TimeInterval[] | null) => void;
}

export function Intervals({ intervals, errors, disabled, onChange }: Props) {
  const { t } = useTranslation("routes");
  const [name, setName] = useState("");
  const written = name.trim();
  if (disabled && !Object.keys(intervals).length) return null;
  return (
    <Section title={t("intervals")} text={t("intervalsHint")}>
      <Stack>
        {Object.entries(intervals).map(([interval, parts]) => (
          <Fieldset key={interval} legend={interval} disabled={disabled}>
            <Stack>
              {parts.map((part, at) => (
                <Part
                  // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name.
                  key={at}
                  part={part}
                  number={at + 1}
                  path={`time_intervals.${interval}.${at}`}
                  errors={errors}
                  onChange={(next) =>
                    onChange(interval, next ? parts.with(at, next) : parts.filter((_, n) => n !== at))
                  }
                />
              ))}
              {!disabled && (
                <Group justify="space-between">
                  <AddButton
                    label={t("addPart")}
                    onClick={() => onChange(interval, [...parts, { location: readersZone() }])}
                  />
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t("removeIntervalLabel", { name: interval })}
                    onClick={() => onChange(interval, null)}
                  >
                    {t("removeInterval")}
                  </Button>
                </Group>
              )}
            </Stack>
          </Fieldset>
        ))}
        {!disabled && (
          <Group align="flex-end">
            <TextInput
              label={t("newInterval")}
              maxLength={64}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button
              variant="default"
              disabled={!written || written in intervals}
              onClick={() => {
                onChange(written, [{ location: readersZone() }]);
                setName("");
              }}
            >
              {t("addInterval")}
            </Button>
          </Group>
        )}
      </Stack>
    </Section>
  );
}

interface PartProps {
  part: TimeInterval;
  number: number;
  path: string;
  errors: Record<string, string>;
  onChange: (part: TimeInterval | null) => void;
}

function Part({ part, number, path, errors, onChange }: PartProps) {
  const { t } = useTranslation("routes");
  const error = (field: string) => {
    const found = Object.keys(errors).find((key) => key === `${path}.${field}` || key.startsWith(`${path}.${field}.`));
    return found && errors[found];
  };
  const set = (field: keyof TimeInterval, value: unknown) => {
    const { [field]: _, ...others } = part;
    const isEmpty = Array.isArray(value) ? !value.length : !value;
    onChange(isEmpty ? others : { ...others, [field]: value });
  };
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={500}>
          {t("part", { number })}
        </Text>
        <RemoveButton name={t("part", { number })} onClick={() => onChange(null)} />
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        <TagsInput
          label={t("interval.times")}
          placeholder="09:00-18:00"
          value={(part.times ?? []).map((one) => `${one.start_time}-${one.end_time}`)}
          onChange={(texts) => set("times", texts.map(timesOf))}
          error={error("times")}
        />
        {LISTS.map((list) => (
          <TagsInput
            key={list}
            label={t(`interval.${list}`)}
            placeholder={t(`interval.${list}_example`)}
            value={part[list] ?? []}
            onChange={(texts) => set(list, texts)}
            error={error(list)}
          />
        ))}
        <TextInput
          label={t("interval.location")}
          placeholder="UTC"
          value={part.location ?? ""}
          onChange={(event) => set("location", event.currentTarget.value)}
          error={error("location")}
        />
      </SimpleGrid>
    </div>
  );
}

/** `09:00-18:00` as the API has it; what is no such text is sent as it is, and the API says what is wrong. */
function timesOf(text: string): { start_time: string; end_time: string } {
  const [start_time = "", end_time = ""] = text.split("-").map((part) => part.trim());
  return { start_time, end_time };
}

function readersZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
