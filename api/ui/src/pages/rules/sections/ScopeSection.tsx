/** Which plugins the rule watches. */

import { SegmentedControl, Select, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useKnown } from "../../../api/known";
import { SchemaForm } from "../../../parts/schema-form/SchemaForm";
import type { Draft } from "../draft";
import { read, written } from "../matchers";
import { Section, type SectionProps } from "./Section";

export function ScopeSection({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const known = useKnown();
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  const scope = draft.plugin_id !== null ? "one" : draft.plugins !== null ? "pattern" : "all";
  return (
    <Section title={t("section.where")}>
      <SegmentedControl
        aria-label={t("section.where")}
        disabled={disabled}
        data={[
          { value: "all", label: t("scope.all") },
          { value: "one", label: t("scope.one") },
          { value: "pattern", label: t("scope.pattern") },
        ]}
        value={scope}
        onChange={(to) => set({ plugin_id: to === "one" ? "" : null, plugins: to === "pattern" ? "" : null })}
      />
      {scope === "one" && (
        <Select
          label={t("field.plugin_id")}
          name="plugin_id"
          disabled={disabled}
          searchable
          limit={100}
          data={[
            ...known.plugins.map((one) => ({
              value: one.id,
              label: one.name === one.id ? one.id : `${one.name} (${one.id})`,
            })),
            ...(draft.plugin_id && !known.plugins.some((one) => one.id === draft.plugin_id)
              ? [{ value: draft.plugin_id, label: draft.plugin_id }]
              : []),
          ]}
          value={draft.plugin_id || null}
          onChange={(value) => set({ plugin_id: value ?? "" })}
          error={errors.plugin_id}
          nothingFoundMessage={t("noPlugin")}
        />
      )}
      {scope === "pattern" && (
        <TextInput
          label={t("field.plugins")}
          description={t("help.plugins")}
          name="plugins"
          disabled={disabled}
          value={draft.plugins ?? ""}
          onChange={(event) => set({ plugins: event.target.value })}
          error={errors.plugins}
        />
      )}
      <SchemaForm
        schema={{
          properties: {
            labels: {
              type: "object",
              additionalProperties: { type: "string" },
              title: t("field.labels"),
              description: t("help.labels"),
            },
          },
        }}
        scope="rule"
        value={{ labels: draft.labels }}
        onChange={({ labels }) => set({ labels: labels as Record<string, string> })}
        errors={errors}
        disabled={disabled}
      />
      <TagsInput
        label={t("field.label_matchers")}
        description={t("help.label_matchers")}
        name="label_matchers"
        disabled={disabled}
        value={draft.label_matchers.map(written)}
        onChange={(texts) => set({ label_matchers: texts.map(read) })}
        error={errors.label_matchers}
        splitChars={[]}
        acceptValueOnBlur
      />
    </Section>
  );
}
