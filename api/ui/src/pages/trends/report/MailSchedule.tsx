/** When and to whom the report is mailed, as a form for admins; and what became of the last mails. */

import { Button, Group, NumberInput, Select, Switch, TagsInput, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconMail } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChannels } from "../../../api/channels";
import { useMay } from "../../../api/context";
import { asProblem } from "../../../api/problem";
import { type MailSchedule as Schedule, useMailSchedule, useMailScheduleChanges } from "../../../api/trends";
import { ConflictDialog } from "../../../parts/ConflictDialog";
import { FormDialog } from "../../../parts/FormDialog";
import { Loaded } from "../../../parts/Loaded";
import { notifyDone } from "../../../parts/notify";
import { useProblemText } from "../../../parts/useProblemText";
import { timezone } from "../choice";
import { MailLedger } from "./MailLedger";

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, "0")}:00`,
}));
const LANGUAGES = [
  { value: "en", label: "English" },
  { value: "ko", label: "한국어" },
];

export function MailSchedule() {
  const { t } = useTranslation("report");
  const isAdmin = useMay("admin");
  const [isOpen, setOpen] = useState(false);
  if (!isAdmin) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconMail size={18} />} onClick={() => setOpen(true)}>
        {t("mail.open")}
      </Button>
      {isOpen && <Opened onClose={() => setOpen(false)} />}
    </>
  );
}

function Opened({ onClose }: { onClose: () => void }) {
  const inForce = useMailSchedule();
  // The version that the form was begun with is kept while others change it: the server compares.
  const [round, setRound] = useState(0);
  return (
    <Loaded query={inForce}>
      {(data) => <Form key={round} inForce={data} onReload={() => setRound(round + 1)} onClose={onClose} />}
    </Loaded>
  );
}

interface Props {
  inForce: Schedule;
  onReload: () => void;
  onClose: () => void;
}

function Form({ inForce, onReload, onClose }: Props) {
  const { t } = useTranslation("report");
  const problemText = useProblemText();
  const channels = useChannels();
  const { save } = useMailScheduleChanges();
  const [begun] = useState(inForce);
  const [isConflict, setConflict] = useState(false);
  const names = Object.entries(channels.data ?? {})
    .filter(([name, one]) => /^email(-|$)/.test(name) && one.configured)
    .map(([name]) => name);
  const zones = useMemo(() => Intl.supportedValuesOf?.("timeZone") ?? [], []);
  const form = useForm({ initialValues: valuesOf(begun) });
  const { channel, timezone: zone } = form.values;
  const put = (version: number) =>
    save.mutate(
      {
        schedule: { ...form.values, day: Number(form.values.day), hour: Number(form.values.hour) },
        version,
      },
      {
        onSuccess: (saved) => {
          notifyDone(saved.schedule?.enabled ? t("mail.saved") : t("mail.savedOff"));
          onClose();
        },
        onError: (error) => {
          if (asProblem(error).status === 412) setConflict(true);
          else form.setErrors(byField(problemText.fields(error)));
        },
      },
    );
  const refused = save.isError && asProblem(save.error).status !== 412 ? save.error : null;
  return (
    <>
      <FormDialog
        opened={!isConflict}
        title={t("mail.title")}
        action={t("action.save")}
        isBusy={save.isPending}
        error={refused}
        onSubmit={form.onSubmit(() => put(begun.version))}
        onClose={onClose}
      >
        <Text size="sm" c="dimmed">
          {t("mail.text")}
        </Text>
        <Switch label={t("mail.enabled")} {...form.getInputProps("enabled", { type: "checkbox" })} />
        <Select
          label={t("mail.channel")}
          description={t("mail.channelHint")}
          data={[...new Set([...(channel ? [channel] : []), ...names])]}
          placeholder={channels.isSuccess && names.length === 0 ? t("mail.noChannel") : ""}
          allowDeselect={false}
          {...form.getInputProps("channel")}
        />
        <TagsInput
          label={t("mail.recipients")}
          description={t("mail.recipientsHint")}
          maxTags={100}
          placeholder="lead@example.com"
          splitChars={[",", ";", " "]}
          {...form.getInputProps("recipients")}
        />
        <Group grow align="flex-start">
          <NumberInput label={t("mail.day")} min={1} max={28} allowDecimal={false} {...form.getInputProps("day")} />
          <Select label={t("mail.hour")} data={HOURS} allowDeselect={false} {...form.getInputProps("hour")} />
        </Group>
        <Group grow align="flex-start">
          <Select
            label={t("mail.timezone")}
            data={[...new Set([zone, "UTC", ...zones])]}
            searchable
            limit={100}
            allowDeselect={false}
            {...form.getInputProps("timezone")}
          />
          <Select
            label={t("mail.language")}
            data={LANGUAGES}
            allowDeselect={false}
            {...form.getInputProps("language")}
          />
        </Group>
        {form.errors.body && (
          <Text size="sm" c="red" role="alert">
            {form.errors.body}
          </Text>
        )}
        <MailLedger inForce={inForce} isTouched={form.isDirty()} />
      </FormDialog>
      <ConflictDialog
        opened={isConflict}
        changed={[]}
        isBusy={save.isPending}
        onReload={() => {
          setConflict(false);
          onReload();
        }}
        onOverwrite={() => {
          setConflict(false);
          put(inForce.version);
        }}
        onClose={() => setConflict(false)}
      />
    </>
  );
}

/** What the form begins with; without a schedule, what most people want. */
function valuesOf({ schedule }: Schedule) {
  return {
    enabled: schedule?.enabled ?? true,
    channel: schedule?.channel ?? "",
    recipients: schedule?.recipients ?? [],
    day: schedule?.day ?? 1,
    hour: String(schedule?.hour ?? 8),
    timezone: schedule?.timezone ?? timezone(),
    language: schedule?.language ?? "en",
  };
}

/** Messages about an element of a list belong to the list's field. */
function byField(errors: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).map(([path, message]) => [path.split(".")[0] ?? path, message]));
}
