/** A length of time of a rule, in the unit its name says; empty means the default. */

import { NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { typedNumber } from "../../../parts/typedNumber";
import type { Draft } from "../draft";

interface Props {
  name: "cooldown_minutes" | "for_seconds" | "repeat_minutes";
  draft: Draft;
  set: (fields: Partial<Draft>) => void;
  errors: Record<string, string>;
  disabled: boolean;
  max: number;
  placeholder?: string;
}

export function MinutesOrSeconds({ name, draft, set, errors, ...rest }: Props) {
  const { t } = useTranslation("rules");
  return (
    <NumberInput
      label={t(`field.${name}`)}
      description={t(`help.${name}`)}
      name={name}
      min={0}
      clampBehavior="none"
      value={draft[name] ?? ""}
      onChange={(value) => set({ [name]: typedNumber(value) })}
      error={errors[name]}
      {...rest}
    />
  );
}
