/** What most rules leave alone: grouping, inhibition, overriding. */

import { Group, Select, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRules } from "../../../api/rules";
import type { Draft } from "../draft";
import { Section, type SectionProps } from "./Section";

export function RareSection({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const rules = useRules();
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.rarely")}>
      <GroupBy
        value={draft.group_by}
        onChange={(group_by) => set({ group_by })}
        error={errors.group_by}
        disabled={disabled}
      />
      <TagsInput
        label={t("field.inhibited_by")}
        description={t("help.inhibited_by")}
        name="inhibited_by"
        disabled={disabled}
        data={(rules.data?.rules ?? []).flatMap((one) => (one.id ? [one.id] : []))}
        value={draft.inhibited_by}
        onChange={(inhibited_by) => set({ inhibited_by })}
        error={errors.inhibited_by}
        acceptValueOnBlur
      />
      {(draft.inhibited_by.length > 0 || draft.equal.length > 0) && (
        <TagsInput
          label={t("field.equal")}
          description={t("help.equal")}
          name="equal"
          disabled={disabled}
          value={draft.equal}
          onChange={(equal) => set({ equal })}
          error={errors.equal}
          acceptValueOnBlur
        />
      )}
      <TextInput
        label={t("field.overrides")}
        description={t("help.overrides")}
        name="overrides"
        disabled={disabled}
        value={draft.overrides ?? ""}
        onChange={(event) => set({ overrides: event.target.value || null })}
        error={errors.overrides}
      />
    </Section>
  );
}

const GROUPS = ["rule", "plugin", "severity", "none", "label"] as const;

function GroupBy(props: {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  disabled: boolean;
}) {
  const { t } = useTranslation("rules");
  const { value, onChange, error, disabled } = props;
  const kind = value.startsWith("label:") ? "label" : value;
  return (
    <Group grow align="flex-start">
      <Select
        label={t("field.group_by")}
        description={t("help.group_by")}
        disabled={disabled}
        allowDeselect={false}
        data={GROUPS.map((one) => ({ value: one, label: t(`groupBy.${one}`) }))}
        value={kind}
        onChange={(next) => next && onChange(next === "label" ? "label:" : next)}
        error={kind === "label" ? undefined : error}
      />
      {kind === "label" && (
        <TextInput
          label={t("groupLabel")}
          description={t("help.groupLabel")}
          disabled={disabled}
          value={value.slice("label:".length)}
          onChange={(event) => onChange(`label:${event.target.value}`)}
          error={error}
        />
      )}
    </Group>
  );
}
