/** The active alerts that the silence in the form would match. */

import { Anchor, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { asProblem } from "../../api/problem";
import { type SilenceBody, useSilencePreview } from "../../api/silences";
import { useFormat } from "../../format/useFormat";
import { FailedState } from "../../parts/FailedState";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { bodyOf, type Draft, newDraft } from "./draft";
import classes from "./Silences.module.css";

const SHOWN = 10;

export function Hidden({ draft }: { draft: Draft }) {
  const { t } = useTranslation("silences");
  const format = useFormat();
  // The preview depends on the matchers only: an unfinished comment or time must not prevent it.
  const body = useMemo(
    () =>
      ({
        ...bodyOf({ ...newDraft("UTC"), matchers: draft.matchers }),
        comment: "preview",
      }) satisfies SilenceBody,
    [draft.matchers],
  );
  const [settled] = useDebouncedValue(body, 300);
  const isComplete = draft.matchers.every((one) => one.value && (one.property !== "label" || one.label));
  const preview = useSilencePreview(isComplete ? settled : null);
  const refusal = preview.isError ? asProblem(preview.error) : null;
  return (
    <Paper withBorder p="md" component="section" aria-label={t("hides")} data-testid="silence-preview">
      <Title order={3} size="h5" mb="xs">
        {t("hides")}
      </Title>
      {!isComplete ? (
        <Text size="sm" c="dimmed">
          {t("hidesWhat")}
        </Text>
      ) : refusal ? (
        refusal.status === 422 ? (
          <Text size="sm" c="dimmed">
            {t("hidesWhat")}
          </Text>
        ) : (
          <FailedState error={preview.error} onRetry={() => void preview.refetch()} />
        )
      ) : preview.data ? (
        <Stack gap="sm">
          <Text fw={600} aria-live="polite">
            {t("hidesCount", { count: preview.data.count })}
          </Text>
          <ul className={classes.hidden}>
            {preview.data.alerts.slice(0, SHOWN).map((alert) => (
              <li key={alert.id}>
                <Group gap="xs" wrap="nowrap" align="flex-start">
                  <SeverityBadge severity={alert.severity} />
                  <div>
                    <Anchor component={Link} href={`/alerts/${alert.id}`} size="sm" c="inherit">
                      {alert.rule_name}
                    </Anchor>
                    <Text size="xs" c="dimmed">
                      {alert.plugin_name}
                      {alert.value === null ? "" : ` · ${format.value(alert.value, alert.metric)}`}
                    </Text>
                  </div>
                </Group>
              </li>
            ))}
          </ul>
          {preview.data.count > SHOWN && (
            <Text size="sm" c="dimmed">
              {t("andMore", { count: preview.data.count - SHOWN })}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {t("hidesHint")}
          </Text>
        </Stack>
      ) : (
        <Skeleton h={64} />
      )}
    </Paper>
  );
}
