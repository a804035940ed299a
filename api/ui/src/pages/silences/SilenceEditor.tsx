/** The form of a silence, with what it would hide. */

import {
  Alert,
  Anchor,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Input,
  NumberInput,
  Paper,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowLeft } from "@tabler/icons-react";
import { type Dispatch, type FormEvent, useMemo, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { useMay } from "../../api/context";
import { type Known, useKnown } from "../../api/known";
import { asProblem } from "../../api/problem";
import { useRules } from "../../api/rules";
import { type Silence, type SilenceBody, useSaveSilence, useSilencePreview, useSilences } from "../../api/silences";
import { SEVERITIES } from "../../api/types";
import { serverNow } from "../../format/clock";
import { useFormat } from "../../format/useFormat";
import { EmptyState } from "../../parts/EmptyState";
import { FailedState } from "../../parts/FailedState";
import { focusRefused } from "../../parts/focusRefused";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { AddButton, RemoveButton } from "../../parts/schema-form/ListButtons";
import { useProblemText } from "../../parts/useProblemText";
import {
  againOf,
  bodyOf,
  type Change,
  type Draft,
  draftOf,
  fromLocalInput,
  LENGTHS_MS,
  localInput,
  MAX_ONCE_DAYS,
  MAX_RECURRING_DAYS,
  type Matcher,
  matchersOf,
  newDraft,
  PROPERTIES,
  type Property,
  reduce,
} from "./draft";
import classes from "./Silences.module.css";

const SHOWN = 10;

export function SilenceEditor({ id }: { id: string | null }) {
  const { t } = useTranslation("silences");
  const [search] = useSearchParams();
  const from = id ?? search.get("from");
  const silences = useSilences();
  return (
    <>
      <Anchor component={Link} href="/silences" size="sm" mb="xs" display="inline-block">
        <Group gap={4}>
          <IconArrowLeft size={16} /> {t("title")}
        </Group>
      </Anchor>
      {from === null ? (
        <SilenceForm initial={newDraft(readersZone(), matchersOf(search.getAll("match")))} />
      ) : (
        <Loaded query={silences}>
          {(all) => {
            const found = all.find((one) => one.id === from);
            if (!found) return <EmptyState title={t("gone")} text={t("goneHint")} />;
            return (
              <SilenceForm initial={id === null ? againOf(found) : draftOf(found)} {...(id ? { stored: found } : {})} />
            );
          }}
        </Loaded>
      )}
    </>
  );
}

function readersZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function SilenceForm({ initial, stored }: { initial: Draft; stored?: Silence }) {
  const { t } = useTranslation("silences");
  const problemText = useProblemText();
  const [, navigate] = useLocation();
  const maySilence = useMay("operator") && stored?.state !== "past";
  const [draft, change] = useReducer(reduce, initial);
  const save = useSaveSilence();
  const notifyFailed = useNotifyFailed();
  const form = useRef<HTMLFormElement>(null);
  const problem = save.isError ? asProblem(save.error) : null;
  const errors = problem ? problemText.fields(problem) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { id: draft.id, body: bodyOf(draft) },
      {
        onSuccess: (made) => {
          notifyDone(t("saved"));
          navigate(made.state === "planned" ? "/silences?tab=planned" : "/silences");
        },
        onError: (error) => {
          if (!asProblem(error).errors.length) notifyFailed(error);
          focusRefused(form.current);
        },
      },
    );
  };
  return (
    <>
      <PageHeader title={stored ? t("editTitle") : t("new")} text={t("newHint")} />
      {stored?.state === "past" && (
        <Alert color="gray" variant="light" mb="md">
          {t("isPast")}
        </Alert>
      )}
      <form ref={form} onSubmit={submit} noValidate>
        <div className={classes.columns}>
          <Stack>
            <Matchers draft={draft} change={change} errors={errors} disabled={!maySilence} />
            <When draft={draft} change={change} errors={errors} disabled={!maySilence} />
            <Paper withBorder p="md">
              <Textarea
                label={t("comment")}
                description={t("commentHint")}
                name="comment"
                required
                disabled={!maySilence}
                autosize
                minRows={2}
                value={draft.comment}
                onChange={(event) => change({ type: "set", fields: { comment: event.target.value } })}
                error={errors.comment}
              />
            </Paper>
            {(errors.everything || draft.isEverything) && (
              <Paper withBorder p="md">
                <Checkbox
                  name="everything"
                  label={t("everything")}
                  description={t("everythingHint")}
                  disabled={!maySilence}
                  checked={draft.isEverything}
                  onChange={(event) => change({ type: "set", fields: { isEverything: event.target.checked } })}
                  error={errors.everything}
                />
              </Paper>
            )}
            {errors.body && (
              <Alert color="red" variant="light" role="alert">
                {errors.body}
              </Alert>
            )}
            {problem && !problem.errors.length && <FailedState error={save.error} />}
            {maySilence && (
              <Group justify="flex-end">
                {problem && problem.errors.length > 0 && (
                  <Text size="sm" c="red" role="alert">
                    {t("refused", { count: problem.errors.length })}
                  </Text>
                )}
                <Button variant="default" component={Link} href="/silences">
                  {t("action.cancel")}
                </Button>
                <Button type="submit" loading={save.isPending}>
                  {stored ? t("action.save") : t("create")}
                </Button>
              </Group>
            )}
          </Stack>
          <div className={classes.side}>
            <Hidden draft={draft} />
          </div>
        </div>
      </form>
    </>
  );
}

interface PartProps {
  draft: Draft;
  change: Dispatch<Change>;
  errors: Record<string, string>;
  disabled: boolean;
}

function Matchers({ draft, change, errors, disabled }: PartProps) {
  const { t } = useTranslation("silences");
  const known = useKnown();
  const rules = useRules();
  const values = (matcher: Matcher) =>
    suggestions(
      matcher,
      known,
      (rules.data?.rules ?? []).map((rule) => rule.id ?? ""),
    );
  return (
    <Paper withBorder p="md" component="section" aria-label={t("which")}>
      <Title order={3} size="h5">
        {t("which")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("whichHint")}
      </Text>
      <Stack gap="sm">
        {draft.matchers.map((matcher, at) => {
          const set = (fields: Partial<Matcher>) => change({ type: "matcher", at, fields });
          const isLabel = matcher.property === "label";
          const number = at + 1;
          return (
            <fieldset
              // biome-ignore lint/suspicious/noArrayIndexKey: matchers have no name of their own.
              key={at}
              className={classes.matcherRow}
              data-label={isLabel || undefined}
              aria-label={t("matcher", { number })}
            >
              <Select
                aria-label={t("property")}
                disabled={disabled}
                allowDeselect={false}
                data={PROPERTIES.map((one) => ({ value: one, label: t(`properties.${one}`) }))}
                value={matcher.property}
                onChange={(value) => value && set({ property: value as Property, value: "" })}
              />
              {isLabel && (
                <Autocomplete
                  aria-label={t("labelName")}
                  placeholder={t("labelName")}
                  disabled={disabled}
                  data={[...known.labels.keys()]}
                  value={matcher.label}
                  onChange={(label) => set({ label })}
                  error={errors[`matchers.${at}.name`]}
                />
              )}
              <Select
                aria-label={t("comparison")}
                disabled={disabled}
                allowDeselect={false}
                data={[
                  { value: "is", label: t("is") },
                  { value: "not", label: t("isNot") },
                ]}
                value={matcher.is_equal ? "is" : "not"}
                onChange={(value) => set({ is_equal: value === "is" })}
              />
              <Autocomplete
                aria-label={t("value")}
                placeholder={t("valueHint")}
                disabled={disabled}
                limit={50}
                data={values(matcher)}
                value={matcher.value}
                onChange={(value) => set({ value })}
                error={errors[`matchers.${at}.value`]}
              />
              <RemoveButton
                name={t("matcher", { number })}
                disabled={disabled || draft.matchers.length === 1}
                onClick={() => change({ type: "remove", at })}
              />
            </fieldset>
          );
        })}
        {errors.matchers && (
          <Text size="sm" c="red">
            {errors.matchers}
          </Text>
        )}
        <AddButton
          label={t("addMatcher")}
          disabled={disabled || draft.matchers.length >= 20}
          onClick={() => change({ type: "add" })}
        />
      </Stack>
    </Paper>
  );
}

function suggestions({ property, label }: Matcher, known: Known, rules: readonly string[]): string[] {
  switch (property) {
    case "rule_id":
      return [...rules];
    case "plugin_id":
      return known.plugins.map((one) => one.id);
    case "severity":
      return [...SEVERITIES];
    case "metric":
      return [...known.metrics];
    case "label":
      return [...(known.labels.get(label) ?? [])];
  }
}

function When({ draft, change, errors, disabled }: PartProps) {
  const { t } = useTranslation("silences");
  const format = useFormat();
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  const zones = useMemo(() => Intl.supportedValuesOf?.("timeZone") ?? [], []);
  const begins = draft.startsAtMs ?? serverNow();
  return (
    <Paper withBorder p="md" component="section" aria-label={t("when")}>
      <Title order={3} size="h5" mb="sm">
        {t("when")}
      </Title>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("when")}
          disabled={disabled}
          data={[
            { value: "once", label: t("once") },
            { value: "again", label: t("recurring") },
          ]}
          value={draft.isRecurring ? "again" : "once"}
          onChange={(to) => change({ type: "recurring", to: to === "again" })}
        />
        <Text size="sm" c="dimmed">
          {draft.isRecurring
            ? t("recurringLimit", { days: MAX_RECURRING_DAYS })
            : t("onceLimit", { days: MAX_ONCE_DAYS })}
        </Text>
        {draft.isRecurring && (
          <>
            <TextInput
              label={t("cron")}
              description={t("cronHint")}
              name="cron"
              disabled={disabled}
              value={draft.cron}
              onChange={(event) => set({ cron: event.target.value })}
              error={errors.cron}
            />
            <Group grow align="flex-start">
              <NumberInput
                label={t("duration")}
                description={t("durationHint")}
                name="duration_minutes"
                disabled={disabled}
                min={0}
                clampBehavior="none"
                value={draft.durationMinutes ?? ""}
                onChange={(value) => set({ durationMinutes: typeof value === "number" ? value : null })}
                error={errors.duration_minutes}
              />
              <Select
                label={t("zone")}
                description={t("zoneHint")}
                name="timezone"
                disabled={disabled}
                searchable
                allowDeselect={false}
                limit={100}
                data={[...new Set([draft.timezone, "UTC", ...zones])]}
                value={draft.timezone}
                onChange={(timezone) => timezone && set({ timezone })}
                error={errors.timezone}
              />
            </Group>
          </>
        )}
        <Group grow align="flex-start">
          <TextInput
            type="datetime-local"
            label={t("from")}
            description={draft.startsAtMs === null ? t("fromNow") : t("readersZone", { zone: readersZone() })}
            disabled={disabled}
            value={draft.startsAtMs === null ? "" : localInput(draft.startsAtMs)}
            onChange={(event) => set({ startsAtMs: fromLocalInput(event.target.value) })}
            error={errors.starts_at_ms}
          />
          <TextInput
            type="datetime-local"
            label={t("to")}
            description={t("readersZone", { zone: readersZone() })}
            disabled={disabled}
            value={localInput(draft.endsAtMs ?? begins + draft.lengthMs)}
            onChange={(event) => set({ endsAtMs: fromLocalInput(event.target.value) })}
            error={errors.ends_at_ms}
          />
        </Group>
        {!draft.isRecurring && (
          <Input.Wrapper label={t("length")} labelElement="div">
            <Group gap={6} mt={4} component="fieldset" className={classes.plain} aria-label={t("length")}>
              {LENGTHS_MS.map((lengthMs) => (
                <Button
                  key={lengthMs}
                  size="xs"
                  disabled={disabled}
                  variant={draft.endsAtMs === null && draft.lengthMs === lengthMs ? "filled" : "default"}
                  aria-pressed={draft.endsAtMs === null && draft.lengthMs === lengthMs}
                  onClick={() => set({ lengthMs, endsAtMs: null })}
                >
                  {format.duration(lengthMs)}
                </Button>
              ))}
            </Group>
          </Input.Wrapper>
        )}
      </Stack>
    </Paper>
  );
}

/** Which active alerts it would hide, while it is being written. */
function Hidden({ draft }: { draft: Draft }) {
  const { t } = useTranslation("silences");
  const format = useFormat();
  // Only what it matches counts here: words and times that are not right yet must not hide the answer.
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
