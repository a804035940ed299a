/** The pipeline as it is now: what flows, what waits, who does what, and what is wrong with what to do about it. */

import { Alert, Anchor, Code, Group, List, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useReducer } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useMay } from "../../api/context";
import { type Status, useChannelHealth, useStatus } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { DeadLetters } from "./DeadLetters";
import { EMPTY_FLOW, type Flow, withStatus } from "./flow";
import { Overview } from "./Overview";
import { Pipeline } from "./Pipeline";
import { Processes } from "./Processes";
import { type Trouble, troublesOf } from "./troubles";

const EVERY_MS = 2_500;

export function SystemPage() {
  const { t } = useTranslation("system");
  const format = useFormat();
  const status = useStatus(EVERY_MS);
  const health = useChannelHealth(1, 10_000);
  const flow = useFlow(status.data);
  const mayAdminister = useMay("admin");
  const text = status.data && t("asOf", { time: format.clock(status.data.at_ms), server: status.data.server });
  return (
    <>
      <PageHeader title={t("title")} text={text} />
      <Stack gap="lg">
        <Loaded query={status}>
          {(data) => (
            <Stack gap="lg" opacity={status.isError ? 0.6 : 1} data-stale={status.isError || undefined}>
              {status.isError && <Text size="sm">{t("stale", { time: format.instant(data.at_ms) })}</Text>}
              <Troubles troubles={troublesOf(data)} />
              <Overview status={data} flow={flow} />
              <Pipeline status={data} flow={flow} health={health.data} />
              <Processes status={data} flow={flow} />
            </Stack>
          )}
        </Loaded>
        <section>
          <Title order={3} size="h4" mb="xs">
            {t("letters.title")}
          </Title>
          {mayAdminister ? <DeadLetters /> : <Text c="dimmed">{t("letters.admin")}</Text>}
        </section>
      </Stack>
    </>
  );
}

/** Each look adds to the flow, once. */
function useFlow(status: Status | undefined): Flow {
  const [{ seen, flow }, look] = useReducer(
    (before: { seen: Status | undefined; flow: Flow }, next: Status) => ({
      seen: next,
      flow: withStatus(before.flow, next),
    }),
    { seen: undefined, flow: EMPTY_FLOW },
  );
  if (status && status !== seen) look(status);
  return flow;
}

function Troubles({ troubles }: { troubles: readonly Trouble[] }) {
  const { t } = useTranslation("system");
  if (!troubles.length) {
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start" role="status" data-testid="troubles" data-count={0}>
        <IconCircleCheck size={20} style={{ flex: "none" }} color="var(--mantine-color-green-text)" />
        <Text fw={600}>{t("well")}</Text>
      </Group>
    );
  }
  return (
    <Alert
      role="alert"
      color={troubles[0]?.isSevere ? "red" : "orange"}
      variant="light"
      icon={<IconAlertTriangle />}
      title={t("notWell", { count: troubles.length })}
      data-testid="troubles"
      data-count={troubles.length}
    >
      <List spacing="sm" listStyleType="none">
        {troubles.map((trouble) => (
          <List.Item key={trouble.kind} data-trouble={trouble.kind}>
            <Text size="sm" fw={600}>
              {t(`trouble.${trouble.kind}`, trouble.values)}
            </Text>
            <Text size="sm">
              {t(`remedy.${trouble.kind}`)} {trouble.command && <Code>{trouble.command}</Code>}
              {trouble.href && (
                <Anchor component={Link} href={trouble.href} size="sm" c="inherit" underline="always">
                  {t(trouble.href === "/rules" ? "nav.rules" : "nav.channels")}
                </Anchor>
              )}
            </Text>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
