/** Which range: one of the usual lengths up to now, or from here to there, as far back as records are kept. */

import { Button, Group, Popover, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { serverNow } from "../../format/clock";
import { HOUR_MS } from "./counts";
import { endsOf, presetsOf, type Range, rangeBetween } from "./range";

export function RangePicker({ range, historyDays }: { range: Range; historyDays: number }) {
  const { t } = useTranslation("statistics");
  const [, setSearch] = useSearchParams();
  const choose = ({ hours, untilMs }: Range) =>
    setSearch({ hours: String(hours), ...(untilMs ? { until: String(untilMs) } : {}) });
  const presets = presetsOf(historyDays).map((hours) => ({
    value: String(hours),
    label: hours % 24 === 0 && hours > 24 ? t("days", { count: hours / 24 }) : t("hours", { count: hours }),
  }));
  const isPreset = range.untilMs === null && presets.some((one) => one.value === String(range.hours));
  const value = isPreset ? String(range.hours) : "";
  const pick = (hours: string | null) => hours && choose({ hours: Number(hours), untilMs: null });
  return (
    <>
      <SegmentedControl
        visibleFrom="sm"
        value={value}
        data={isPreset ? presets : [...presets, { value: "", label: t("custom") }]}
        onChange={pick}
        aria-label={t("length")}
      />
      <Select
        hiddenFrom="sm"
        w={150}
        value={value}
        data={isPreset ? presets : [...presets, { value: "", label: t("custom") }]}
        onChange={pick}
        allowDeselect={false}
        aria-label={t("length")}
      />
      <Between range={range} historyDays={historyDays} onChoose={choose} />
    </>
  );
}

interface BetweenProps {
  range: Range;
  historyDays: number;
  onChoose: (range: Range) => void;
}

function Between({ range, historyDays, onChoose }: BetweenProps) {
  const { t } = useTranslation("statistics");
  const [isOpen, popover] = useDisclosure(false);
  const form = useForm({
    initialValues: { from: "", to: "" },
    validate: {
      to: (to, { from }) => (rangeBetween(Date.parse(from), Date.parse(to)) ? null : t("between.backwards")),
    },
  });
  const open = () => {
    const { fromMs, toMs } = endsOf(range, serverNow());
    form.setValues({ from: localText(fromMs), to: localText(toMs) });
    form.clearErrors();
    popover.open();
  };
  const oldest = localText(serverNow() - historyDays * 24 * HOUR_MS);
  return (
    <Popover
      opened={isOpen}
      onChange={(opened) => !opened && popover.close()}
      trapFocus
      position="bottom-end"
      shadow="md"
    >
      <Popover.Target>
        <Button variant="default" leftSection={<IconCalendar size={16} />} onClick={isOpen ? popover.close : open}>
          {t("between.open")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          noValidate
          onSubmit={form.onSubmit(({ from, to }) => {
            const made = rangeBetween(Date.parse(from), Date.parse(to));
            if (made) onChoose(made);
            popover.close();
          })}
        >
          <Stack gap="sm" maw={260}>
            <TextInput
              type="datetime-local"
              label={t("between.from")}
              min={oldest}
              {...form.getInputProps("from")}
              data-autofocus
            />
            <TextInput type="datetime-local" label={t("between.to")} min={oldest} {...form.getInputProps("to")} />
            <Text size="xs" c="dimmed">
              {t("between.kept", { count: historyDays })}
            </Text>
            <Group justify="flex-end">
              <Button type="submit">{t("between.show")}</Button>
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

/** As `datetime-local` wants it: the reader's zone, to the minute. */
function localText(atMs: number): string {
  const at = new Date(atMs);
  return new Date(atMs - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
