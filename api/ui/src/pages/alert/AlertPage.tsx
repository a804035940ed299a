/** One alert and its story; where every message's link leads. */

import { Anchor, Card, Alert as Notice, Text, Title } from "@mantine/core";
import { IconArrowLeft, IconBellZ } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useStory } from "../../api/alerts";
import type { Alert, AlertStory } from "../../api/types";
import { serverNow } from "../../format/clock";
import { useHeldWords } from "../../parts/Held";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { Instant } from "../../parts/TimeAgo";
import { Actions } from "./Actions";
import classes from "./Alert.module.css";
import { MetricChart } from "./Chart";
import { CommentForm } from "./CommentForm";
import { ExternalCard } from "./ExternalCard";
import { Facts } from "./Facts";
import { Happened } from "./Happened";
import { Ledger } from "./Ledger";
import { RuleCard } from "./RuleCard";

const Why = lazy(async () => ({ default: (await import("./Why")).Why }));

export function AlertPage({ id }: { id: string }) {
  const { t } = useTranslation("alert");
  const story = useStory(id);
  return (
    <>
      <Anchor component={Link} href="/" size="sm" className={classes.back}>
        <IconArrowLeft size={16} aria-hidden="true" />
        {t("back")}
      </Anchor>
      <Loaded query={story}>{(data) => <One story={data} />}</Loaded>
    </>
  );
}

function One({ story }: { story: AlertStory }) {
  const { t } = useTranslation("alert");
  const { alert, timeline, channels } = story;
  return (
    <>
      <PageHeader
        title={alert.rule_name}
        text={`${alert.plugin_name || alert.plugin_id} · ${alert.condition}`}
        actions={<Actions alert={alert} />}
      />
      <Facts alert={alert} />
      <Held alert={alert} />
      <div className={classes.columns}>
        <Section title={t("section.chart")}>
          <MetricChart alert={alert} />
        </Section>
        <Section title={t("section.rule")}>
          {alert.external ? <ExternalCard alert={alert} external={alert.external} /> : <RuleCard alert={alert} />}
        </Section>
        <Section title={t("section.timeline")}>
          <Happened timeline={timeline} metric={alert.metric} />
          <CommentForm id={alert.id} />
        </Section>
        <Section title={t("section.channels")}>
          <Ledger alert={alert} channels={channels} />
        </Section>
        <Section title={t("section.why")}>
          <Suspense>
            <Why id={alert.id} />
          </Suspense>
        </Section>
      </div>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" padding="md">
      <Title order={3} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

/** Why the channels are not told now. */
function Held({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const held = useHeldWords()(alert);
  const isCooling = alert.hold_until_ms > serverNow() && alert.state !== "resolved";
  if (!held.length && !isCooling) return null;
  return (
    <Notice color="yellow" variant="light" icon={<IconBellZ />} title={t("held.title")} mb="md" data-testid="held">
      {held.map(({ step, word, reason }) => (
        <Text key={step} size="sm">
          <b>{word}</b> — {reason}
        </Text>
      ))}
      {isCooling && (
        <Text size="sm">
          {t("held.cooling")} <Instant atMs={alert.hold_until_ms} />
        </Text>
      )}
    </Notice>
  );
}
