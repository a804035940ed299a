/** What was asked for could not be had: why, in the reader's language, and the server's own words. */

import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import { useProblemText } from "./useProblemText";

const REASONS = [0, 401, 403, 404, 409, 412, 422, 429, 503] as const;

/** One sentence for a refusal. */
export function useReason(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    const { status } = asProblem(error);
    const known = REASONS.find((reason) => reason === status);
    return known === undefined ? t("failed.other") : t(`failed.${known}`);
  };
}

export function FailedState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const reason = useReason();
  const problemText = useProblemText();
  const problem = asProblem(error);
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle />} title={reason(error)}>
      <Stack align="flex-start" gap="xs">
        {problem.detail && <Text size="sm">{problemText.detail(error)}</Text>}
        {problem.errors.map((one) => (
          <Text key={one.field} size="sm">
            {problemText.field(one)}
          </Text>
        ))}
        {problem.requestId && (
          <Text size="xs" c="dimmed">
            {t("failed.request", { id: problem.requestId })}
          </Text>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
