/** What holds an alert back from the channels: a word each, the reason with it. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "../api/types";

const KNOWN = ["silenced", "inhibited", "flapping"] as const;

export type HeldWords = (alert: Alert) => { step: string; word: string; reason: string }[];

export function useHeldWords(): HeldWords {
  const { t } = useTranslation();
  return useCallback(
    (alert) =>
      Object.entries(alert.suppressed ?? {}).map(([step, reason]) => {
        const known = KNOWN.find((one) => one === step);
        return { step, word: known ? t(`held.${known}`) : step, reason };
      }),
    [t],
  );
}
