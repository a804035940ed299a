/** Severity by word, shape and colour: any one of them is enough. */

import { Badge } from "@mantine/core";
import { IconAlertCircle, IconAlertOctagon, IconAlertTriangle, IconFlame, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Severity } from "../api/types";

export const SEVERITY_LOOK = {
  emergency: { color: "grape", icon: IconFlame },
  critical: { color: "pink", icon: IconAlertOctagon },
  error: { color: "red", icon: IconAlertCircle },
  warning: { color: "orange", icon: IconAlertTriangle },
  info: { color: "blue", icon: IconInfoCircle },
} as const satisfies Record<Severity, unknown>;

export function SeverityBadge({ severity }: { severity: Severity }) {
  const { t } = useTranslation();
  const { color, icon: Icon } = SEVERITY_LOOK[severity];
  return (
    <Badge
      color={color}
      variant={severity === "emergency" || severity === "critical" ? "filled" : "light"}
      leftSection={<Icon size={12} />}
      tt="none"
      data-severity={severity}
    >
      {t(`severity.${severity}`)}
    </Badge>
  );
}
