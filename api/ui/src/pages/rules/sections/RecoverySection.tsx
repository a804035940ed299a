/** When an alert of the rule ends. */

import { Group, NumberInput, Select, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { typedNumber } from "../../../parts/typedNumber";
import { type Draft, WHEN_GONE } from "../draft";
import { Section, type SectionProps } from "./Section";

export function RecoverySection({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.end")}>
      <Switch
        label={t("field.auto_resolve")}
        description={t("help.auto_resolve")}
        disabled={disabled}
        checked={draft.auto_resolve}
        onChange={(event) => set({ auto_resolve: event.currentTarget.checked })}
      />
      {draft.auto_resolve && (
        <Switch
          label={t("field.recover")}
          description={t("help.recover")}
          disabled={disabled}
          checked={draft.recover !== null}
          onChange={(event) =>
            set({ recover: event.currentTarget.checked ? { threshold: null, for_seconds: 0 } : null })
          }
        />
      )}
      {draft.auto_resolve && draft.recover && (
        <Group grow align="flex-start">
          <NumberInput
            label={t("recoverThreshold")}
            disabled={disabled}
            placeholder={t("fields:unset")}
            value={draft.recover.threshold ?? ""}
            onChange={(value) => draft.recover && set({ recover: { ...draft.recover, threshold: typedNumber(value) } })}
            error={errors["recover.threshold"]}
          />
          <NumberInput
            label={t("recoverSeconds")}
            disabled={disabled}
            min={0}
            clampBehavior="none"
            value={draft.recover.for_seconds ?? ""}
            onChange={(value) =>
              draft.recover && set({ recover: { ...draft.recover, for_seconds: typedNumber(value) } })
            }
            error={errors["recover.for_seconds"]}
          />
        </Group>
      )}
      <Group grow align="flex-start">
        <Select
          label={t("field.when_gone")}
          description={t("help.when_gone")}
          name="when_gone"
          disabled={disabled}
          allowDeselect={false}
          data={WHEN_GONE.map((value) => ({ value, label: t(`whenGone.${value}`) }))}
          value={draft.when_gone}
          onChange={(value) => set({ when_gone: WHEN_GONE.find((one) => one === value) ?? "resolve" })}
          error={errors.when_gone}
        />
        <NumberInput
          label={t("field.gone_after_seconds")}
          description={t("help.gone_after_seconds")}
          name="gone_after_seconds"
          disabled={disabled}
          placeholder={t("fields:unset")}
          min={1}
          clampBehavior="none"
          value={draft.gone_after_seconds ?? ""}
          onChange={(value) => set({ gone_after_seconds: typedNumber(value) })}
          error={errors.gone_after_seconds}
        />
      </Group>
    </Section>
  );
}
