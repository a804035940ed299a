/** What a channel answered: the channels of this system in the reader's language, a provider as it wrote it. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** Their answers are the same every time; see `dispatchers/channels`. */
const OWN = ["web", "dashboard"] as const;

export function useAnswerText(): (channel: string, answer: string) => string {
  const { t } = useTranslation("channels");
  return useCallback(
    (channel, answer) => {
      const own = OWN.find((one) => one === channel);
      return own ? t(`ownAnswer.${own}`) : answer;
    },
    [t],
  );
}
