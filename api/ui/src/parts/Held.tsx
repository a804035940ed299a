/** What holds an alert back from the channels: a word each, the reason with it. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "../api/types";
import { useReasonText } from "../format/useReasonText";

const KNOWN = ["cooldown", "silenced", "inhibited", "flapping"] as const;

export type HeldWords = (alert: Alert) => { step: string; word: string; reason: string }[];

export function useHeldWords(): HeldWords {
  const { t } = useTranslation();
  const reasonText = useReasonText();
  return useCallback(
    (alert) =>
      Object.entries(alert.suppressed ?? {}).map(([step, text]) => {
        const known = KNOWN.find((one) => one === step);
        const reason = reasonText(alert.suppressed_reasons?.[step] ?? {}, text);
        return { step, word: known ? t(`held.${known}`) : step, reason };
      }),
    [t, reasonText],
  );
}
