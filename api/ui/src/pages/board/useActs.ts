/** Acknowledge and resolve, one or many; says what was done when it was many, and why what was not. */

import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Act, useAct, useActOnMany } from "../../api/alerts";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { notifyDone, useNotifyFailed } from "../../parts/notify";

export function useActs() {
  const { t } = useTranslation("board");
  const format = useFormat();
  const notifyFailed = useNotifyFailed();
  const single = useAct();
  const several = useActOnMany();
  const { mutate } = single;
  const failed = useRef(notifyFailed);
  failed.current = notifyFailed;
  const one = useCallback(
    (alert: Alert, act: Act) => mutate({ id: alert.id, act }, { onError: (error) => failed.current(error) }),
    [mutate],
  );
  const many = (alerts: readonly Alert[], act: Act, done: () => void) => {
    if (!alerts.length) return;
    several.mutate(
      { ids: alerts.map(({ id }) => id), act },
      {
        onSuccess: (result) => {
          done();
          const number = format.number(result.done);
          const refused = result.refused.length ? ` ${t("bulk.refused", { count: result.refused.length })}` : "";
          notifyDone(t(`bulk.${act}`, { count: result.done, number }) + refused);
        },
        onError: notifyFailed,
      },
    );
  };
  return { one, many, isBusy: several.isPending };
}
