/** When an alert of the rule ends. */

import { Group, NumberInput, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Draft } from "../draft";
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
            onChange={(value) =>
              draft.recover &&
              set({ recover: { ...draft.recover, threshold: typeof value === "number" ? value : null } })
            }
            error={errors["recover.threshold"]}
          />
          <NumberInput
            label={t("recoverSeconds")}
            disabled={disabled}
            min={0}
            clampBehavior="none"
            value={draft.recover.for_seconds ?? ""}
            onChange={(value) =>
              draft.recover &&
              set({ recover: { ...draft.recover, for_seconds: typeof value === "number" ? value : null } })
            }
            error={errors["recover.for_seconds"]}
          />
        </Group>
      )}
    </Section>
  );
}
