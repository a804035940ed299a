/** The alerts that come out of a sample, and every problem in words. */

import { Alert, Group, List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { BodyTrial } from "../../../api/webhooks";
import { useReasonText } from "../../../format/useReasonText";
import { SeverityBadge } from "../../../parts/SeverityBadge";
import { Instant } from "../../../parts/TimeAgo";

type Tried = BodyTrial["alerts"][number];
const STATES = { firing: "firingAlert", resolved: "resolvedAlert", ignored: "ignoredAlert" } as const;

export function TrialResult({ trial }: { trial: BodyTrial }) {
  const { t } = useTranslation("webhooks");
  const problemLine = useProblemLine();
  const isRefused = trial.problems.some((one) => one.is_refused);
  return (
    <Alert color={isRefused ? "red" : "blue"} title={t("trial")} data-testid="body-trial">
      <Stack gap="xs">
        {trial.alerts.length === 0 && <Text size="sm">{t("nothing")}</Text>}
        {trial.alerts.map((one) => (
          <TriedAlert key={one.number} alert={one} />
        ))}
        {trial.alerts_count > trial.alerts.length && (
          <Text size="sm">{t("moreAlerts", { count: trial.alerts_count - trial.alerts.length })}</Text>
        )}
        <List size="sm">
          {trial.problems.map((one) => (
            <List.Item key={`${one.number} ${one.field} ${one.code}`} c={one.is_refused ? "red" : undefined}>
              {problemLine(one)}
            </List.Item>
          ))}
        </List>
        {trial.problems_count > trial.problems.length && (
          <Text size="sm">{t("moreProblems", { count: trial.problems_count - trial.problems.length })}</Text>
        )}
      </Stack>
    </Alert>
  );
}

function TriedAlert({ alert }: { alert: Tried }) {
  const { t } = useTranslation("webhooks");
  const state = STATES[alert.state as keyof typeof STATES];
  return (
    <div>
      <Group gap="xs">
        <Text size="sm">{alert.number}.</Text>
        <Text size="sm" fw={600}>
          {t(state)}
        </Text>
        {alert.severity && (
          <SeverityBadge severity={alert.severity as Parameters<typeof SeverityBadge>[0]["severity"]} />
        )}
        {alert.name && (
          <Text size="sm">
            {alert.name} {t("on", { plugin: alert.plugin_id })}
          </Text>
        )}
        {alert.identity && (
          <Text size="sm" c="dimmed">
            {t("identityOf", { identity: alert.identity })}
          </Text>
        )}
        {(alert.ends_at_ms ?? 0) > 0 && (
          <Text size="sm" c="dimmed">
            {t("expires")} <Instant atMs={alert.ends_at_ms ?? 0} />
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {[...Object.entries(alert.labels ?? {}), ...Object.entries(alert.annotations ?? {})]
          .map(([name, value]) => `${name}=${value}`)
          .join(", ")}
      </Text>
    </div>
  );
}

/** A problem of a body as a sentence with its place. */
export function useProblemLine() {
  const { t } = useTranslation("webhooks");
  const reasonText = useReasonText();
  return (one: { number: number; field: string; message: string; code: string; values: Record<string, unknown> }) => {
    const problem = reasonText(one, one.message);
    const [known = "", own] = one.field.split(".");
    const word = t(`field.${known}` as "field.name", { defaultValue: known });
    const field = own ? `${word} ${own}` : word;
    if (!one.number) return one.field ? `${field}: ${problem}` : problem;
    return one.field
      ? t("alertProblem", { number: one.number, field, problem })
      : t("alertOnly", { number: one.number, problem });
  };
}
