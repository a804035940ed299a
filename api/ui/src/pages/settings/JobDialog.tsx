/** The form of a scrape job. */

import { Group, NumberInput, Select, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { type NewScrapeJob, type ScrapeJob, useScrapeJobChanges } from "../../api/scrapes";
import { FormDialog } from "../../parts/FormDialog";
import { notifyDone } from "../../parts/notify";
import { PasswordField } from "../../parts/PasswordField";
import { useProblemText } from "../../parts/useProblemText";
import { pairsOf, textsOf } from "./pairs";

export const EMPTY: NewScrapeJob = {
  name: "",
  targets: [],
  scheme: "http",
  path: "/metrics",
  params: {},
  interval_seconds: 30,
  timeout_seconds: 10,
  labels: {},
  username: "",
  password: "",
  bearer_token: "",
  ca_certificate: "",
  enabled: true,
};

export function JobDialog({ job, onClose }: { job: ScrapeJob | null; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { save } = useScrapeJobChanges();
  const { version = "", ...fields } = job ?? { ...EMPTY, version: "" };
  const form = useForm({
    initialValues: { ...fields, labels: textsOf(fields.labels ?? {}), params: textsOf(fields.params ?? {}) },
    validate: { name: (name) => (name.trim() ? null : t("users.nameNeeded")) },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(
      {
        job: { ...values, name: values.name.trim(), labels: pairsOf(values.labels), params: pairsOf(values.params) },
        version,
      },
      {
        onSuccess: (saved) => {
          notifyDone(t("targets.saved", { name: saved.name }));
          onClose();
        },
        onError: (error) => form.setErrors(byField(problemText.fields(error))),
      },
    ),
  );
  return (
    <FormDialog
      title={job ? t("targets.change", { name: job.name }) : t("targets.create")}
      action={t("action.save")}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t("targets.name")}
        description={t("targets.nameHint")}
        maxLength={64}
        disabled={job !== null}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <TagsInput
        label={t("targets.addresses")}
        description={t("targets.addressesHint")}
        {...form.getInputProps("targets")}
      />
      <Group grow align="flex-start">
        <NumberInput
          label={t("targets.interval")}
          min={1}
          max={3600}
          suffix=" s"
          {...form.getInputProps("interval_seconds")}
        />
        <NumberInput
          label={t("targets.timeout")}
          min={0}
          max={60}
          suffix=" s"
          {...form.getInputProps("timeout_seconds")}
        />
      </Group>
      <Group grow align="flex-start">
        <Select
          label={t("targets.scheme")}
          data={["http", "https"]}
          allowDeselect={false}
          {...form.getInputProps("scheme")}
        />
        <TextInput label={t("targets.path")} {...form.getInputProps("path")} />
      </Group>
      <TagsInput label={t("targets.params")} placeholder="module=http_2xx" {...form.getInputProps("params")} />
      <TagsInput
        label={t("targets.labels")}
        description={t("targets.labelsHint")}
        placeholder="team=shop"
        {...form.getInputProps("labels")}
      />
      <Group grow align="flex-start">
        <TextInput label={t("targets.username")} autoComplete="off" {...form.getInputProps("username")} />
        <PasswordField label={t("targets.password")} autoComplete="off" {...form.getInputProps("password")} />
      </Group>
      <PasswordField label={t("targets.bearer")} autoComplete="off" {...form.getInputProps("bearer_token")} />
      <Textarea
        label={t("targets.ca")}
        description={t("targets.caHint")}
        autosize
        maxRows={6}
        {...form.getInputProps("ca_certificate")}
      />
      <Switch label={t("targets.enabled")} {...form.getInputProps("enabled", { type: "checkbox" })} />
      {form.errors.body && (
        <Text size="sm" c="red" role="alert">
          {form.errors.body}
        </Text>
      )}
    </FormDialog>
  );
}

/** Messages about an element of a list belong to the list's field. */
function byField(errors: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).map(([path, message]) => [path.split(".")[0] ?? path, message]));
}
