/** What the rule is called and how bad it is. */

import { Group, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SEVERITIES, type Severity } from "../../../api/types";
import { SEVERITY_LOOK } from "../../../parts/SeverityBadge";
import type { Draft } from "../draft";
import { Section, type SectionProps } from "./Section";

export function IdentitySection({ draft, change, errors, isNew, disabled }: SectionProps & { isNew: boolean }) {
  const { t } = useTranslation(["rules", "fields"]);
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.what")}>
      <TextInput
        label={t("field.name")}
        name="name"
        required
        disabled={disabled}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
        error={errors.name}
        data-autofocus
      />
      <Group grow align="flex-start">
        <Select
          label={t("field.severity")}
          name="severity"
          disabled={disabled}
          allowDeselect={false}
          data={SEVERITIES.map((one) => ({ value: one, label: t(`severity.${one}`) }))}
          value={draft.severity}
          onChange={(value) => value && set({ severity: value as Severity })}
          error={errors.severity}
          leftSection={<SeverityDot severity={draft.severity} />}
        />
        {isNew && (
          <TextInput
            label={t("field.id")}
            description={t("help.id")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            name="id"
            value={draft.id}
            onChange={(event) => set({ id: event.target.value })}
            error={errors.id}
          />
        )}
      </Group>
      <Textarea
        label={t("field.description")}
        name="description"
        disabled={disabled}
        autosize
        minRows={1}
        maxRows={8}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
        error={errors.description}
      />
      <TextInput
        label={t("field.runbook_url")}
        description={t("help.runbook_url")}
        name="runbook_url"
        type="url"
        disabled={disabled}
        placeholder="https://"
        value={draft.runbook_url}
        onChange={(event) => set({ runbook_url: event.target.value })}
        error={errors.runbook_url}
      />
      <Switch
        label={t("field.enabled")}
        disabled={disabled}
        checked={draft.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
    </Section>
  );
}

function SeverityDot({ severity }: { severity: Severity }) {
  const { color, icon: Icon } = SEVERITY_LOOK[severity];
  return <Icon size={16} color={`var(--mantine-color-${color}-filled)`} />;
}
