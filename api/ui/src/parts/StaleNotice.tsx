/** Over the page while what it shows may be old. */

import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/useFormat";
import { useConnection } from "../live/LiveProvider";

export function StaleNotice() {
  const { t } = useTranslation();
  const format = useFormat();
  const { phase, currentAtMs } = useConnection();
  if (phase !== "stale") return null;
  return (
    <Alert color="red" variant="light" icon={<IconPlugConnectedX />} mb="md" data-testid="stale">
      {t("connection.staleNotice", { time: format.instant(currentAtMs) })}
    </Alert>
  );
}
