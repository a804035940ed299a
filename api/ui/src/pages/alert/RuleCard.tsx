/** The rule that made it, in words. */

import { Anchor, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useClient } from "../../api/context";
import { keys } from "../../api/keys";
import { asProblem } from "../../api/problem";
import type { Alert } from "../../api/types";
import { FailedState } from "../../parts/FailedState";

export function RuleCard({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation("alert");
  const client = useClient();
  // What the system raises about itself (dispatchers/own_alerts.py) has no rule that anybody wrote.
  const isOwn = alert.id === alert.rule_id;
  const said = useQuery({
    enabled: !isOwn,
    queryKey: [...keys.rule(alert.rule_id), "sentence"],
    queryFn: async ({ signal }) => {
      const rule = await client.get("/rules/{rule_id}", { path: { rule_id: alert.rule_id }, signal });
      const { sentence } = await client.post("/rule-preview", { body: rule as never, signal });
      return {
        sentence: sentence as Record<string, string>,
        isEnabled: (rule as { enabled?: boolean }).enabled !== false,
      };
    },
  });
  if (isOwn) {
    return (
      <Stack gap={4}>
        <Text fw={600}>{alert.rule_name}</Text>
        <Text c="dimmed" data-testid="own-rule">
          {t("rule.own")}
        </Text>
      </Stack>
    );
  }
  if (said.isError && asProblem(said.error).status === 404) {
    return (
      <Stack gap={4}>
        <Text fw={600}>{alert.rule_name}</Text>
        <Text c="dimmed">{t("rule.gone")}</Text>
      </Stack>
    );
  }
  if (said.isError) return <FailedState error={said.error} onRetry={() => void said.refetch()} />;
  return (
    <Stack gap={4}>
      <Anchor component={Link} href={`/rules/${encodeURIComponent(alert.rule_id)}`} fw={600}>
        {alert.rule_name}
      </Anchor>
      {said.data ? (
        <>
          <Text data-testid="sentence">{said.data.sentence[i18n.language]}</Text>
          {!said.data.isEnabled && <Text c="dimmed">{t("rule.off")}</Text>}
        </>
      ) : (
        <Skeleton h={20} />
      )}
    </Stack>
  );
}
