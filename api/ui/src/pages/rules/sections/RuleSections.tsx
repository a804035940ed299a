/** The parts of the form of a rule, in the order they are read. */

import type { Kinds } from "../draft";
import { ConditionSection } from "./ConditionSection";
import { IdentitySection } from "./IdentitySection";
import { RareSection } from "./RareSection";
import { RecipientsSection } from "./RecipientsSection";
import { RecoverySection } from "./RecoverySection";
import { ScopeSection } from "./ScopeSection";
import type { SectionProps } from "./Section";
import { WordingSection } from "./WordingSection";

export function RuleSections({ isNew, kinds, ...section }: SectionProps & { isNew: boolean; kinds: Kinds }) {
  return (
    <>
      <IdentitySection {...section} isNew={isNew} />
      <ConditionSection {...section} kinds={kinds} />
      <ScopeSection {...section} />
      <RecipientsSection {...section} />
      <RecoverySection {...section} />
      <WordingSection {...section} />
      <RareSection {...section} />
    </>
  );
}
