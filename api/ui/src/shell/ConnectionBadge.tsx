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
  const { color, icon: Icon } = LOOK[phase];
  // What changes is shown at once, but if nothing is evaluated or routed, nothing changes.
  const [trouble] = usePipelineTrouble();
  if (phase === "live" && trouble) {
    const { work, sinceMs } = trouble;
    return (
      <Tooltip label={t(`pipeline.${work}Hint`)} multiline maw={280}>
        <Badge
          role="status"
          data-testid="connection"
          data-phase={phase}
          data-trouble={work}
          color="red"
          variant="light"
          size="lg"
          tt="none"
          leftSection={<IconPlugConnectedX size={12} />}
        >
          {sinceMs === null ? t(`pipeline.${work}`) : t(`pipeline.${work}Since`, { time: format.clock(sinceMs) })}
        </Badge>
      </Tooltip>
    );
  }
  const text =
    phase === "stale" ? t("connection.stale", { time: format.clock(currentAtMs) }) : t(`connection.${phase}`);
  return (
    <Tooltip label={t(`connection.${phase}Hint`)} multiline maw={280}>
      <Badge
        role="status"
        data-testid="connection"
        data-phase={phase}
        color={color}
        variant="light"
        size="lg"
        tt="none"
        leftSection={<Icon size={12} />}
      >
        {text}
      </Badge>
    </Tooltip>
  );
}
