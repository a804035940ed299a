/** One alert and its story; where every message's link leads. */

import {
  Anchor,
  Badge,
  Button,
  Card,
  Group,
  Modal,
  Alert as Notice,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { IconArrowLeft, IconBellZ, IconBook, IconCheck, IconCircleCheck, IconUser } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Act, useAct, useAssign, useComment, useStory } from "../../api/alerts";
import { useMay, useMe } from "../../api/context";
import type { Alert, AlertStory } from "../../api/types";
import { serverNow } from "../../format/clock";
import { useFormat } from "../../format/useFormat";
import { FormDialog } from "../../parts/FormDialog";
import { useHeldWords } from "../../parts/Held";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { SilenceDialog } from "../../parts/SilenceDialog";
import { Instant, TimeAgo } from "../../parts/TimeAgo";
import { useShortcuts } from "../../shell/shortcuts";
import classes from "./Alert.module.css";
import { MetricChart } from "./Chart";
import { Happened } from "./Happened";
import { Ledger } from "./Ledger";
import { RuleCard } from "./RuleCard";

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
          <RuleCard alert={alert} />
        </Section>
        <Section title={t("section.timeline")}>
          <Happened timeline={timeline} metric={alert.metric} />
          <CommentForm id={alert.id} />
        </Section>
        <Section title={t("section.channels")}>
          <Ledger alert={alert} channels={channels} />
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

function Facts({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const format = useFormat();
  const labels = Object.entries(alert.labels ?? {});
  return (
    <Stack gap="xs" mb="md">
      <Group gap="sm">
        <SeverityBadge severity={alert.severity} />
        <Text fw={600} data-testid="state">
          {t(`alertState.${alert.state}`)}
        </Text>
        {alert.value !== null && (
          <Text>
            <b>{format.value(alert.value, alert.metric, [alert.threshold])}</b>
            {alert.threshold !== null && (
              <Text span c="dimmed">
                {" "}
                · {t("limit", { value: format.value(alert.threshold, alert.metric, [alert.value]) })}
              </Text>
            )}
          </Text>
        )}
        <Text c="dimmed">
          {t("began")} <TimeAgo atMs={alert.started_at_ms} />
        </Text>
        {alert.state === "acknowledged" && alert.acknowledged_by && (
          <Text c="dimmed">
            {t("acknowledgedBy", { name: alert.acknowledged_by })} <TimeAgo atMs={alert.acknowledged_at_ms} />
          </Text>
        )}
        {alert.state === "resolved" && (
          <Text c="dimmed">
            {alert.resolved_by === "rule" || !alert.resolved_by
              ? t("resolvedByRule")
              : t("resolvedBy", { name: alert.resolved_by })}{" "}
            <TimeAgo atMs={alert.resolved_at_ms} /> ·{" "}
            {t("lasted", { duration: format.duration(alert.resolved_at_ms - alert.started_at_ms) })}
          </Text>
        )}
      </Group>
      {alert.description && <Text className={classes.words}>{alert.description}</Text>}
      {labels.length > 0 && (
        <Group gap={6}>
          {labels.map(([name, value]) => (
            <Badge key={name} variant="default" tt="none" fw={400}>
              {name}={value}
            </Badge>
          ))}
        </Group>
      )}
      {alert.runbook_url && (
        <Anchor href={alert.runbook_url} target="_blank" rel="noreferrer" className={classes.back}>
          <IconBook size={16} aria-hidden="true" />
          {t("runbook")}
        </Anchor>
      )}
    </Stack>
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

function Actions({ alert }: { alert: Alert }) {
  const { t } = useTranslation("alert");
  const me = useMe().data;
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const act = useAct();
  const assign = useAssign(alert.id);
  const [asked, setAsked] = useState<Act | null>(null);
  const [isSilencing, setSilencing] = useState(false);
  const [isAssigning, setAssigning] = useState(false);
  const isOpen = alert.state !== "resolved";
  const may = {
    acknowledge: mayAct && alert.state === "firing",
    resolve: mayAct && (alert.state === "firing" || alert.state === "acknowledged"),
    silence: mayAct && isOpen,
  };
  const assignTo = (name: string) =>
    assign.mutate(name, {
      onSuccess: () => {
        notifyDone(name ? t("assignedTo", { name }) : t("assignedToNobody"));
        setAssigning(false);
      },
      onError: notifyFailed,
    });
  useShortcuts([
    ...(may.acknowledge ? [{ keys: "a", label: t("action.acknowledge"), run: () => setAsked("acknowledge") }] : []),
    ...(may.resolve ? [{ keys: "r", label: t("action.resolve"), run: () => setAsked("resolve") }] : []),
    ...(may.silence ? [{ keys: "s", label: t("silence.action"), run: () => setSilencing(true) }] : []),
  ]);
  if (!mayAct || !isOpen) return null;
  return (
    <Group gap="xs">
      {may.acknowledge && (
        <Button leftSection={<IconCheck size={16} />} onClick={() => setAsked("acknowledge")}>
          {t("action.acknowledge")}
        </Button>
      )}
      {may.resolve && (
        <Button variant="default" leftSection={<IconCircleCheck size={16} />} onClick={() => setAsked("resolve")}>
          {t("action.resolve")}
        </Button>
      )}
      <Button variant="default" leftSection={<IconBellZ size={16} />} onClick={() => setSilencing(true)}>
        {t("silence.action")}
      </Button>
      <Button variant="default" leftSection={<IconUser size={16} />} onClick={() => setAssigning(true)}>
        {alert.assignee ? t("assignee", { name: alert.assignee }) : t("assign")}
      </Button>
      <ActDialog
        act={asked}
        isBusy={act.isPending}
        onClose={() => setAsked(null)}
        onSubmit={(comment) =>
          asked &&
          act.mutate({ id: alert.id, act: asked, comment }, { onSuccess: () => setAsked(null), onError: notifyFailed })
        }
      />
      <AssignDialog
        opened={isAssigning}
        current={alert.assignee}
        me={me?.name ?? ""}
        isBusy={assign.isPending}
        onClose={() => setAssigning(false)}
        onSubmit={assignTo}
      />
      <SilenceDialog alerts={isSilencing ? [alert] : []} onClose={() => setSilencing(false)} />
    </Group>
  );
}

interface ActDialogProps {
  act: Act | null;
  isBusy: boolean;
  onSubmit: (comment: string) => void;
  onClose: () => void;
}

/** Acknowledge or resolve with a word about it, which may be left out. */
function ActDialog({ act, isBusy, onSubmit, onClose }: ActDialogProps) {
  const { t } = useTranslation("alert");
  const [comment, setComment] = useState("");
  return (
    <FormDialog
      opened={act !== null}
      title={act && t(`action.${act}`)}
      action={act && t(`action.${act}`)}
      isBusy={isBusy}
      onSubmit={() => {
        onSubmit(comment.trim());
        setComment("");
      }}
      onClose={onClose}
    >
      <Text size="sm">{act && t(`explain.${act}`)}</Text>
      <Textarea
        label={t("comment.optional")}
        maxLength={2_000}
        autosize
        minRows={2}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

interface AssignDialogProps {
  opened: boolean;
  current: string;
  me: string;
  isBusy: boolean;
  onSubmit: (name: string) => void;
  onClose: () => void;
}

function AssignDialog({ opened, current, me, isBusy, onSubmit, onClose }: AssignDialogProps) {
  const { t } = useTranslation("alert");
  const [name, setName] = useState(current);
  return (
    <Modal opened={opened} onClose={onClose} title={t("assign")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(name.trim());
        }}
      >
        <Stack>
          <TextInput
            label={t("assignName")}
            description={t("assignHint")}
            maxLength={128}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="space-between">
            <Button variant="light" onClick={() => onSubmit(me)} disabled={isBusy || me === current}>
              {t("assignMe")}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t("action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function CommentForm({ id }: { id: string }) {
  const { t } = useTranslation("alert");
  const mayAct = useMay("operator");
  const notifyFailed = useNotifyFailed();
  const comment = useComment(id);
  const [text, setText] = useState("");
  if (!mayAct) return null;
  return (
    <form
      className={classes.comment}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) comment.mutate(text.trim(), { onSuccess: () => setText(""), onError: notifyFailed });
      }}
    >
      <Textarea
        label={t("comment.label")}
        maxLength={2_000}
        autosize
        minRows={2}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" mt="xs" loading={comment.isPending} disabled={!text.trim()}>
        {t("comment.add")}
      </Button>
    </form>
  );
}
