/** What may be done about an alert, by button and by key. */

import { Button, Group } from "@mantine/core";
import { IconBellZ, IconCheck, IconCircleCheck, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Act, useAct, useAssign } from "../../api/alerts";
import { useMay, useMe } from "../../api/context";
import type { Alert } from "../../api/types";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { SilenceDialog } from "../../parts/SilenceDialog";
import { useShortcuts } from "../../shell/shortcuts";
import { ActDialog, AssignDialog } from "./dialogs";

export function Actions({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const me = useMe().data;
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const act = useAct();
  const assign = useAssign(alert.id);
  const [asked, setAsked] = useState<Act | null>(null);
  const [isSilencing, setSilencing] = useState(false);
  const [isAssigning, setAssigning] = useState(false);
  const isOpen = alert.state !== "resolved";
  const may = {
    acknowledge: mayAct && alert.state === "firing",
    resolve: mayAct && (alert.state === "firing" || alert.state === "acknowledged"),
    silence: mayAct && isOpen,
  };
  const assignTo = (name: string) =>
    assign.mutate(name, {
      onSuccess: () => {
        notifyDone(name ? t("assignedTo", { name }) : t("assignedToNobody"));
        setAssigning(false);
      },
      onError: notifyFailed,
    });
  useShortcuts([
    ...(may.acknowledge ? [{ keys: "a", label: t("action.acknowledge"), run: () => setAsked("acknowledge") }] : []),
    ...(may.resolve ? [{ keys: "r", label: t("action.resolve"), run: () => setAsked("resolve") }] : []),
    ...(may.silence ? [{ keys: "s", label: t("silence.action"), run: () => setSilencing(true) }] : []),
  ]);
  if (!mayAct || !isOpen) return null;
  return (
    <Group gap="xs">
      {may.acknowledge && (
        <Button leftSection={<IconCheck size={16} />} onClick={() => setAsked("acknowledge")}>
          {t("action.acknowledge")}
        </Button>
      )}
      {may.resolve && (
        <Button variant="default" leftSection={<IconCircleCheck size={16} />} onClick={() => setAsked("resolve")}>
          {t("action.resolve")}
        </Button>
      )}
      <Button variant="default" leftSection={<IconBellZ size={16} />} onClick={() => setSilencing(true)}>
        {t("silence.action")}
      </Button>
      <Button variant="default" leftSection={<IconUser size={16} />} onClick={() => setAssigning(true)}>
        {alert.assignee ? t("assignee", { name: alert.assignee }) : t("assign")}
      </Button>
      <ActDialog
        act={asked}
        isBusy={act.isPending}
        onClose={() => setAsked(null)}
        onSubmit={(comment) =>
          asked &&
          act.mutate({ id: alert.id, act: asked, comment }, { onSuccess: () => setAsked(null), onError: notifyFailed })
        }
      />
      <AssignDialog
        opened={isAssigning}
        current={alert.assignee}
        me={me?.name ?? ""}
        isBusy={assign.isPending}
        onClose={() => setAssigning(false)}
        onSubmit={assignTo}
      />
      <SilenceDialog alerts={isSilencing ? [alert] : []} onClose={() => setSilencing(false)} />
    </Group>
  );
}
