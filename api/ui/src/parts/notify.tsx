/** Short words about what was done, or was not. */

import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { useReason } from "./FailedState";
import { useProblemText } from "./useProblemText";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "green", autoClose: 4_000, withCloseButton: false });
}

/** For a mutation's `onError`. */
export function useNotifyFailed(): (error: unknown) => void {
  const { t } = useTranslation();
  const reason = useReason();
  const problemText = useProblemText();
  return (error) =>
    notifications.show({
      title: reason(error),
      message: problemText.detail(error),
      color: "red",
      autoClose: 10_000,
      closeButtonProps: { "aria-label": t("action.close") },
    });
}
