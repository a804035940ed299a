/** Whether what is shown is current; always visible, and said to screen readers when it changes. */

import { Badge, Tooltip } from "@mantine/core";
import { IconCircleFilled, IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { usePipelineTrouble } from "../api/pipeline";
import { useFormat } from "../format/useFormat";
import { useConnection } from "../live/LiveProvider";

const LOOK = {
  live: { color: "green", icon: IconCircleFilled },
  connecting: { color: "gray", icon: IconRefresh },
  reconnecting: { color: "yellow", icon: IconRefresh },
  stale: { color: "red", icon: IconPlugConnectedX },
} as const;

export function ConnectionBadge() {
  const { t } = useTranslation();
  const format = useFormat();
  const { phase, currentAtMs } = useConnection();
  const [trouble] = usePipelineTrouble();
  // What changes is shown at once, but if nothing is evaluated or routed, nothing changes.
  const halted = phase === "live" ? trouble : undefined;
  const { color, icon: Icon } = halted ? LOOK.stale : LOOK[phase];
  const text = () => {
    if (halted) {
      const { work, sinceMs } = halted;
      return sinceMs === null ? t(`pipeline.${work}`) : t(`pipeline.${work}Since`, { time: format.clock(sinceMs) });
    }
    return phase === "stale" ? t("connection.stale", { time: format.clock(currentAtMs) }) : t(`connection.${phase}`);
  };
  return (
    <Tooltip label={halted ? t(`pipeline.${halted.work}Hint`) : t(`connection.${phase}Hint`)} multiline maw={280}>
      <Badge
        role="status"
        data-testid="connection"
        data-phase={phase}
        data-trouble={halted?.work}
        color={color}
        variant="light"
        size="lg"
        tt="none"
        leftSection={<Icon size={12} />}
      >
        {text()}
      </Badge>
    </Tooltip>
  );
}
