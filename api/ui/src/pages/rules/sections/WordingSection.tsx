/** The rule's own words for its messages. */

import { useTranslation } from "react-i18next";
import type { Draft } from "../draft";
import { Wording } from "../Wording";
import { Section, type SectionProps } from "./Section";

export function WordingSection({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.wording")}>
      <Wording
        title={draft.title_template}
        body={draft.body_template}
        onChange={set}
        errors={errors}
        disabled={disabled}
      />
    </Section>
  );
}
