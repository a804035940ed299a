/** Over the page while what it shows may be old. */

import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { usePipelineTrouble } from "../api/pipeline";
import { useFormat } from "../format/useFormat";
import { useConnection } from "../live/LiveProvider";

export function StaleNotice() {
  const { t } = useTranslation();
  const format = useFormat();
  const { phase, currentAtMs } = useConnection();
  const troubles = usePipelineTrouble();
  if (phase !== "stale" && troubles.length) {
    return (
      <Alert color="red" variant="light" icon={<IconPlugConnectedX />} mb="md" role="alert" data-testid="standstill">
        {troubles.map(({ work, sinceMs }) => (
          <div key={work}>
            {t(`pipeline.${work}Hint`)}
            {sinceMs !== null && ` ${t("pipeline.since", { time: format.instant(sinceMs) })}`}
          </div>
        ))}
      </Alert>
    );
  }
  if (phase !== "stale") return null;
  return (
    <Alert color="red" variant="light" icon={<IconPlugConnectedX />} mb="md" data-testid="stale">
      {t("connection.staleNotice", { time: format.instant(currentAtMs) })}
    </Alert>
  );
}
