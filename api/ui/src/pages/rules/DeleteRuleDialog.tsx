/** Before a rule goes: what happens to its open alerts, and to its file. */

import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Rule, useDeleteRule } from "../../api/rules";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { useOpenCounts } from "./useOpenCounts";

interface Props {
  rule: Rule | null;
  onClose: () => void;
  onDone?: () => void;
}

export function DeleteRuleDialog({ rule, onClose, onDone }: Props) {
  const { t } = useTranslation("rules");
  const remove = useDeleteRule();
  const notifyFailed = useNotifyFailed();
  const count = useOpenCounts().get(rule?.id ?? "") ?? 0;
  return (
    <ConfirmDialog
      opened={rule !== null}
      title={t("deleteTitle", { name: rule?.name ?? "" })}
      action={t("deleteAction")}
      isDanger
      isBusy={remove.isPending}
      onClose={onClose}
      onConfirm={() => {
        if (!rule) return;
        remove.mutate(
          { id: rule.id, ifMatch: `"${rule.revision}"` },
          {
            onSuccess: () => {
              notifyDone(t("deleted", { name: rule.name }));
              onDone?.();
            },
            onError: notifyFailed,
            onSettled: onClose,
          },
        );
      }}
    >
      <Stack gap="xs">
        <Text>{count ? t("openAlerts", { count }) : t("noOpenAlerts")}</Text>
        <Text>{t("deleteRest")}</Text>
        {rule?.source && <Text>{t("deleteSource", { source: rule.source })}</Text>}
      </Stack>
    </ConfirmDialog>
  );
}
