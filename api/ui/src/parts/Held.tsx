/** What holds an alert back from the channels: a word each, the reason with it. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "../api/types";
import { useReasonText } from "../format/useReasonText";

const KNOWN = ["cooldown", "silenced", "inhibited", "flapping", "muted"] as const;

export type HeldWords = (alert: Alert) => { step: string; word: string; reason: string }[];

/** The word of one step; what a newer server calls a step stays as it is. */
export function useStepWord(): (step: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (step) => {
      const known = KNOWN.find((one) => one === step);
      return known ? t(`held.${known}`) : step;
    },
    [t],
  );
}

export function useHeldWords(): HeldWords {
  const word = useStepWord();
  const reasonText = useReasonText();
  return useCallback(
    (alert) =>
      Object.entries(alert.suppressed ?? {}).map(([step, text]) => {
        const reason = reasonText(alert.suppressed_reasons?.[step] ?? {}, text);
        return { step, word: word(step), reason };
      }),
    [word, reasonText],
  );
}
