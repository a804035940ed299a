/** Short words about what was done, or was not. */

import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import { useReason } from "./FailedState";

export function notifyDone(message: string): void {
  notifications.show({ message, color: "green", autoClose: 4_000, withCloseButton: false });
}

/** For a mutation's `onError`. */
export function useNotifyFailed(): (error: unknown) => void {
  const { t } = useTranslation();
  const reason = useReason();
  return (error) =>
    notifications.show({
      title: reason(error),
      message: asProblem(error).detail,
      color: "red",
      autoClose: 10_000,
      closeButtonProps: { "aria-label": t("action.close") },
    });
}
