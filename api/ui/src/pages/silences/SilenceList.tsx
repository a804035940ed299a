/** Active, planned and past silences. */

import { Anchor, Badge, Button, Group, Paper, Stack, Tabs, Text } from "@mantine/core";
import { IconBellZ, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { useMay } from "../../api/context";
import { type Silence, type SilenceState, useExpireSilence, useSilences } from "../../api/silences";
import { useFormat } from "../../format/useFormat";
import { useNow } from "../../format/useNow";
import { useWho } from "../../format/useWho";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { Instant } from "../../parts/TimeAgo";
import { useShortcuts } from "../../shell/shortcuts";
import { writtenMatcher } from "./draft";
import classes from "./Silences.module.css";

const STATES = ["active", "planned", "past"] as const satisfies readonly SilenceState[];
const STEP = 50;

export function SilenceList() {
  const { t } = useTranslation("silences");
  const silences = useSilences();
  const maySilence = useMay("operator");
  const [, navigate] = useLocation();
  const [search, setSearch] = useSearchParams();
  const tab = STATES.find((state) => state === search.get("tab")) ?? "active";
  const [expired, setExpired] = useState<Silence | null>(null);
  const [shown, setShown] = useState(STEP);
  const expire = useExpireSilence();
  const notifyFailed = useNotifyFailed();
  useShortcuts(maySilence ? [{ keys: "n", label: t("new"), run: () => navigate("/silences/new") }] : []);
  const add = maySilence && (
    <Button component={Link} href="/silences/new" leftSection={<IconPlus size={16} />}>
      {t("new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("title")} text={t("text")} actions={add} />
      <Loaded query={silences}>
        {(all) => {
          const inState = (state: SilenceState) => all.filter((silence) => silence.state === state);
          const listed = inState(tab);
          return (
            <Tabs
              value={tab}
              onChange={(next) => setSearch(next && next !== "active" ? { tab: next } : {}, { replace: true })}
              keepMounted={false}
            >
              <Tabs.List mb="md">
                {STATES.map((state) => (
                  <Tabs.Tab key={state} value={state}>
                    {t(`tab.${state}`, { count: inState(state).length })}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {STATES.map((state) => (
                <Tabs.Panel key={state} value={state}>
                  {listed.length === 0 ? (
                    <EmptyState
                      icon={<IconBellZ size={48} stroke={1.2} />}
                      title={t(`empty.${state}`)}
                      text={t(`emptyHint.${state}`)}
                    />
                  ) : (
                    <Stack gap="xs" component="ul" m={0} p={0} data-testid="silences">
                      {listed.slice(0, shown).map((silence) => (
                        <Row
                          key={silence.id}
                          silence={silence}
                          onExpire={maySilence && state !== "past" ? () => setExpired(silence) : null}
                        />
                      ))}
                      {listed.length > shown && (
                        <Button variant="subtle" onClick={() => setShown(shown + STEP)}>
                          {t("showMore", { count: listed.length - shown })}
                        </Button>
                      )}
                    </Stack>
                  )}
                </Tabs.Panel>
              ))}
            </Tabs>
          );
        }}
      </Loaded>
      <ConfirmDialog
        opened={expired !== null}
        title={t("expireTitle")}
        action={t("expire")}
        isBusy={expire.isPending}
        onClose={() => setExpired(null)}
        onConfirm={() => {
          if (!expired) return;
          expire.mutate(expired.id, {
            onSuccess: () => notifyDone(t("expired")),
            onError: notifyFailed,
            onSettled: () => setExpired(null),
          });
        }}
      >
        {t("expireText")}
      </ConfirmDialog>
    </>
  );
}

function Row({ silence, onExpire }: { silence: Silence; onExpire: (() => void) | null }) {
  const { t } = useTranslation("silences");
  const who = useWho();
  const maySilence = useMay("operator");
  const address = `/silences/${encodeURIComponent(silence.id)}`;
  return (
    <Paper component="li" withBorder p="sm" className={classes.row} data-silence={silence.id}>
      <Stack gap={6} className={classes.said}>
        <Anchor component={Link} href={address} fw={600} c="inherit">
          {silence.comment}
        </Anchor>
        <Group gap={6}>
          {silence.matchers.map((matcher) => (
            <Badge
              key={writtenMatcher(matcher)}
              variant="default"
              tt="none"
              fw={500}
              radius="sm"
              className={classes.matcher}
            >
              {writtenMatcher(matcher)}
            </Badge>
          ))}
        </Group>
        <Text size="sm" c="dimmed">
          <Times silence={silence} />
        </Text>
        <Text size="sm" c="dimmed">
          {t("by", { name: who(silence.author, silence.author_principal) || "–" })} ·{" "}
          <Instant atMs={silence.created_at_ms} />
        </Text>
      </Stack>
      {maySilence && (
        <Group gap="xs" className={classes.actions}>
          {silence.state === "past" ? (
            <Button
              component={Link}
              href={`/silences/new?from=${encodeURIComponent(silence.id)}`}
              size="xs"
              variant="default"
              aria-label={t("againLabel", { comment: silence.comment })}
            >
              {t("again")}
            </Button>
          ) : (
            <Button
              component={Link}
              href={address}
              size="xs"
              variant="default"
              aria-label={t("editLabel", { comment: silence.comment })}
            >
              {t("action.edit")}
            </Button>
          )}
          {onExpire && (
            <Button
              size="xs"
              variant="light"
              onClick={onExpire}
              aria-label={t("expireLabel", { comment: silence.comment })}
            >
              {t("expire")}
            </Button>
          )}
        </Group>
      )}
    </Paper>
  );
}

function Times({ silence }: { silence: Silence }) {
  const { t } = useTranslation("silences");
  const format = useFormat();
  const nowMs = useNow(60_000);
  const { starts_at_ms: starts, ends_at_ms: ends, state } = silence;
  const span = t("span", { from: format.instant(starts), to: format.instant(ends) });
  const again =
    silence.cron &&
    t("recurs", {
      cron: silence.cron,
      zone: silence.timezone,
      length: format.duration((silence.duration_minutes ?? 0) * 60_000),
    });
  const left =
    silence.cron || state === "past"
      ? ""
      : state === "active"
        ? t("ends", { when: format.ago(ends, nowMs) })
        : t("starts", { when: format.ago(starts, nowMs) });
  return <>{[again, left, span].filter(Boolean).join(" · ")}</>;
}
