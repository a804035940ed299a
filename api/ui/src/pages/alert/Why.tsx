/** Why the alert fired, and who was notified or not: computed when somebody asks, which takes a second or so. */

import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Answer } from "../../api/client";
import { useClient } from "../../api/context";
import { keys } from "../../api/keys";
import { useReasonText } from "../../format/useReasonText";
import { Loaded } from "../../parts/Loaded";

type Explanation = Answer<"get", "/alerts/{alert_id}/explanation">;
type Step = Explanation["steps"][number];
type Finding = Explanation["conclusion"];

const COLORS = { yes: "green", no: "orange", unknown: "gray" } as const;

export function Why({ id }: { id: string }) {
  const { t } = useTranslation("alert");
  const client = useClient();
  const [isAsked, setAsked] = useState(false);
  const found = useQuery({
    queryKey: keys.explanation(id),
    queryFn: ({ signal }) =>
      client.get("/alerts/{alert_id}/explanation", { path: { alert_id: id }, query: {}, signal }),
    enabled: isAsked,
    retry: false,
  });
  if (!isAsked) {
    return (
      <Button variant="default" leftSection={<IconHelpCircle size={16} />} onClick={() => setAsked(true)}>
        {t("why.ask")}
      </Button>
    );
  }
  return <Loaded query={found}>{(data) => <Chain found={data} />}</Loaded>;
}

function Chain({ found }: { found: Explanation }) {
  const { t } = useTranslation("alert");
  const words = useWords();
  return (
    <Stack gap="xs" data-testid="why">
      <Text fw={600}>{words(found.conclusion)}</Text>
      {found.differences > 0 && <Text c="red">{t("why.differs", { count: found.differences })}</Text>}
      {found.steps.map((step) => (
        <One key={`${step.step} ${step.channel}`} step={step} />
      ))}
      {found.notes.map((note) => (
        <Text key={note.reason_code} size="sm" c="dimmed">
          {words(note)}
        </Text>
      ))}
    </Stack>
  );
}

function One({ step }: { step: Step }) {
  const { t } = useTranslation("alert");
  const words = useWords();
  const finding = step.recorded ?? step.recomputed;
  if (!finding) return null;
  const verdict = finding.passes === null ? "unknown" : finding.passes ? "yes" : "no";
  const name = words({ reason: step.step, reason_code: `explain.step_${step.step}`, reason_values: {} });
  const again = step.differs && step.recomputed ? words(step.recomputed) : "";
  return (
    <div>
      <Group gap="xs" wrap="nowrap" align="baseline">
        <Badge color={COLORS[verdict]} variant="light" miw={56}>
          {t(`why.${verdict}`)}
        </Badge>
        <Text size="sm">
          <b>{name}</b> — {words(finding)}
        </Text>
      </Group>
      {again && (
        <Text size="sm" c="red">
          ≠ {words({ reason: again, reason_code: "explain.again", reason_values: { because: again } })}
        </Text>
      )}
    </div>
  );
}

function useWords() {
  const say = useReasonText();
  return ({ reason, reason_code, reason_values }: Pick<Finding, "reason" | "reason_code" | "reason_values">) =>
    say({ code: reason_code, values: reason_values }, reason);
}
