import { useTranslation } from "react-i18next";
import { ConditionEditor } from "../ConditionEditor";
import type { Draft, Kinds } from "../draft";
import { MinutesOrSeconds } from "./MinutesOrSeconds";
import { Section, type SectionProps } from "./Section";

export function ConditionSection({ draft, change, errors, kinds, disabled }: SectionProps & { kinds: Kinds }) {
  const { t } = useTranslation(["rules", "fields"]);
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.when")}>
      <ConditionEditor
        kinds={kinds}
        value={draft.condition}
        onChange={(condition) => set({ condition })}
        errors={errors}
        disabled={disabled}
      />
      <MinutesOrSeconds name="for_seconds" draft={draft} set={set} errors={errors} disabled={disabled} max={86_400} />
    </Section>
  );
}
