/** How this browser announces alerts: a sound, a notification, Web Push. All off until somebody switches them on. */

import { Button, Popover, Stack, Switch, Text } from "@mantine/core";
import { IconBellCog } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { usePush } from "../../api/push";
import { sound } from "../../live/announce";
import { useDesktop, useQuietToasts, useSound } from "../../live/preferences";
import { useNotifyFailed } from "../../parts/notify";

const PUSH_HINTS = {
  unavailable: "notify.pushUnavailable",
  denied: "notify.denied",
  off: "notify.pushHint",
  on: "notify.pushHint",
  lost: "notify.pushHint",
} as const;

export const NotificationsMenu = memo(function NotificationsMenu() {
  const { t } = useTranslation("board");
  const [hasSound, setSound] = useSound();
  const [hasDesktop, setDesktop] = useDesktop();
  const [isQuiet, setQuiet] = useQuietToasts();
  const push = usePush();
  const notifyFailed = useNotifyFailed();
  const canNotify = typeof Notification !== "undefined" && Notification.permission !== "denied";
  const askForDesktop = async (isOn: boolean) =>
    setDesktop(isOn && (await Notification.requestPermission()) === "granted");
  return (
    <Popover position="bottom-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconBellCog size={16} />}>
          {t("notify.open")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw={320}>
        <Stack gap="sm">
          <Switch
            label={t("notify.toasts")}
            description={t("notify.toastsHint")}
            checked={!isQuiet}
            onChange={(event) => setQuiet(!event.currentTarget.checked)}
          />
          <Switch
            label={t("notify.sound")}
            description={t("notify.soundHint")}
            checked={hasSound}
            onChange={(event) => {
              setSound(event.currentTarget.checked);
              if (event.currentTarget.checked) sound();
            }}
          />
          <Switch
            label={t("notify.desktop")}
            description={canNotify ? t("notify.desktopHint") : t("notify.denied")}
            disabled={!canNotify}
            checked={hasDesktop && canNotify}
            onChange={(event) => void askForDesktop(event.currentTarget.checked)}
          />
          <Switch
            label={t("notify.push")}
            description={t(PUSH_HINTS[push.state])}
            error={push.state === "lost" ? t("notify.pushLost") : undefined}
            disabled={push.state === "unavailable" || push.state === "denied" || push.change.isPending}
            checked={push.state === "on" || push.state === "lost"}
            onChange={(event) => push.change.mutate(event.currentTarget.checked, { onError: notifyFailed })}
          />
          <Text size="xs" c="dimmed">
            {t("notify.remembered")}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
});
