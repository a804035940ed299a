/** The form of a rule, checked by the server while it is written. */

import {
  Alert,
  Anchor,
  Box,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconArrowLeft, IconCopy, IconFileText, IconTrash } from "@tabler/icons-react";
import { type Dispatch, type FormEvent, type ReactNode, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { useChannels } from "../../api/channels";
import type { Versioned } from "../../api/client";
import { useClient, useMay } from "../../api/context";
import { useKnown } from "../../api/known";
import { asProblem } from "../../api/problem";
import { type Rule, useConditions, usePreview, useRule, useRules, useSaveRule } from "../../api/rules";
import { SEVERITIES, type Severity } from "../../api/types";
import { ConflictDialog } from "../../parts/ConflictDialog";
import { FailedState } from "../../parts/FailedState";
import { focusRefused } from "../../parts/focusRefused";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SEVERITY_LOOK } from "../../parts/SeverityBadge";
import { AddButton, RemoveButton, SchemaForm } from "../../parts/schema-form/SchemaForm";
import { ConditionEditor } from "./ConditionEditor";
import { DeleteRuleDialog } from "./DeleteRuleDialog";
import { bodyOf, type Change, changedFields, copyOf, type Draft, draftOf, type Kinds, NEW_RULE, reduce } from "./draft";
import classes from "./RuleEditor.module.css";
import { RulePreview } from "./RulePreview";
import { Wording } from "./Wording";

const DEBOUNCE_MS = 400;

export function RuleEditor({ id }: { id: string | null }) {
  const [search] = useSearchParams();
  const from = id === null ? search.get("from") : id;
  return (
    <>
      <Anchor component={Link} href="/rules" size="sm" mb="xs" display="inline-block">
        <BackWords />
      </Anchor>
      {from === null ? <WithKinds id={null} read={null} isCopy={false} /> : <Stored from={from} isCopy={id === null} />}
    </>
  );
}

function BackWords() {
  const { t } = useTranslation("rules");
  return (
    <Group gap={4}>
      <IconArrowLeft size={16} /> {t("title")}
    </Group>
  );
}

function Stored({ from, isCopy }: { from: string; isCopy: boolean }) {
  const rule = useRule(from);
  return (
    <Loaded query={rule}>
      {(read) => (
        <WithKinds
          key={read.etag}
          id={isCopy ? null : from}
          read={read as Versioned<Rule>}
          isCopy={isCopy}
          onReload={() => void rule.refetch()}
        />
      )}
    </Loaded>
  );
}

interface FormProps {
  id: string | null;
  read: Versioned<Rule> | null;
  isCopy: boolean;
  onReload?: () => void;
}

function WithKinds(props: FormProps) {
  const kinds = useConditions();
  return <Loaded query={kinds}>{(data) => <RuleForm {...props} kinds={data} />}</Loaded>;
}

function RuleForm({ id, read, isCopy, onReload, kinds }: FormProps & { kinds: Kinds }) {
  const { t } = useTranslation("rules");
  const [, navigate] = useLocation();
  const client = useClient();
  const isAdmin = useMay("admin");
  const notifyFailed = useNotifyFailed();
  const [draft, change] = useReducer(reduce, null, () =>
    read ? (isCopy ? copyOf(read.data, t("copyName", { name: read.data.name })) : draftOf(read.data)) : NEW_RULE,
  );
  const [isChecked, setChecked] = useState(id !== null);
  const [theirs, setTheirs] = useState<Versioned<Rule> | null>(null);
  const [isDeleting, deleting] = useDisclosure(false);
  const form = useRef<HTMLFormElement>(null);
  const save = useSaveRule();

  const body = useMemo(() => bodyOf(draft, kinds), [draft, kinds]);
  const [settled] = useDebouncedValue(body, DEBOUNCE_MS);
  const preview = usePreview(settled);
  const refusal = preview.isError ? asProblem(preview.error) : null;
  const saveRefusal = save.isError ? asProblem(save.error) : null;
  const isRefused = refusal?.status === 422;
  // What was never filled in is not wrong yet; what was written is, at once.
  const errors = useMemo(() => {
    const all = { ...(saveRefusal?.fields ?? {}), ...(isRefused ? (refusal?.fields ?? {}) : {}) };
    return isChecked ? all : Object.fromEntries(Object.entries(all).filter(([path]) => isFilled(draft, path)));
  }, [saveRefusal, refusal, isRefused, isChecked, draft]);

  const store = (ifMatch?: string) =>
    save.mutate(
      { id, body, ...(ifMatch ? { ifMatch } : {}) },
      {
        onSuccess: (saved) => {
          notifyDone(t("saved", { name: saved.name }));
          navigate("/rules");
        },
        onError: async (error) => {
          const problem = asProblem(error);
          if (problem.status === 412 && id !== null) {
            try {
              setTheirs((await client.getVersioned("/rules/{rule_id}", { path: { rule_id: id } })) as Versioned<Rule>);
            } catch (gone) {
              notifyFailed(gone);
            }
            return;
          }
          if (!problem.errors.length) notifyFailed(error);
          focusRefused(form.current);
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    store(read && !isCopy ? read.etag : undefined);
  };
  const unplaced = Object.entries(errors).filter(([path]) => path === "body" || path === "");

  return (
    <>
      <PageHeader
        title={id === null ? t("new") : (read?.data.name ?? t("title"))}
        text={id === null ? t("newHint") : id}
        actions={
          id !== null &&
          isAdmin && (
            <>
              <Button
                variant="default"
                component={Link}
                href={`/rules/new?from=${encodeURIComponent(id)}`}
                leftSection={<IconCopy size={16} />}
              >
                {t("duplicate")}
              </Button>
              <Button variant="default" leftSection={<IconTrash size={16} />} onClick={deleting.open}>
                {t("action.delete")}
              </Button>
            </>
          )
        }
      />
      {read?.data.source && !isCopy && (
        <Alert color="orange" variant="light" icon={<IconFileText />} mb="md" data-testid="from-file">
          {read.data.edited
            ? t("fromFileEdited", { source: read.data.source })
            : t("fromFile", { source: read.data.source })}
        </Alert>
      )}
      {!isAdmin && (
        <Alert color="gray" variant="light" mb="md">
          {t("lookOnly")}
        </Alert>
      )}
      <form ref={form} onSubmit={submit} noValidate>
        <div className={classes.columns}>
          <Stack className={classes.fields}>
            <Fields
              draft={draft}
              change={change}
              errors={errors}
              kinds={kinds}
              isNew={id === null}
              disabled={!isAdmin}
            />
          </Stack>
          <Box className={classes.side}>
            <RulePreview
              draft={draft}
              preview={preview.data}
              isBad={isRefused}
              failure={refusal && !isRefused ? preview.error : null}
            />
          </Box>
        </div>
        {unplaced.map(([path, message]) => (
          <Alert key={path} color="red" variant="light" mt="md" role="alert">
            {message}
          </Alert>
        ))}
        {saveRefusal && !saveRefusal.errors.length && saveRefusal.status !== 412 && (
          <Box mt="md">
            <FailedState error={save.error} />
          </Box>
        )}
        {isAdmin && (
          <Group justify="flex-end" className={classes.bar}>
            {saveRefusal && saveRefusal.errors.length > 0 && (
              <Text size="sm" c="red" role="alert">
                {t("refused", { count: saveRefusal.errors.length })}
              </Text>
            )}
            <Button variant="default" component={Link} href="/rules">
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {id === null ? t("create") : t("action.save")}
            </Button>
          </Group>
        )}
      </form>
      <ConflictDialog
        opened={theirs !== null}
        changed={theirs && read ? changedFields(read.data, theirs.data).map((name) => fieldWord(t, name)) : []}
        isBusy={save.isPending}
        onReload={() => {
          setTheirs(null);
          onReload?.();
        }}
        onOverwrite={() => {
          const etag = theirs?.etag;
          setTheirs(null);
          store(etag);
        }}
        onClose={() => setTheirs(null)}
      />
      <DeleteRuleDialog
        rule={isDeleting ? (read?.data ?? null) : null}
        onClose={deleting.close}
        onDone={() => navigate("/rules")}
      />
    </>
  );
}

/** Whether something has been written at *path*. */
function isFilled(draft: Draft, path: string): boolean {
  let at: unknown = draft;
  for (const part of path.split(".")) at = (at as Record<string, unknown> | null | undefined)?.[part];
  return at !== undefined && at !== null && at !== "" && !(Array.isArray(at) && at.length === 0);
}

const FIELDS = [
  "name",
  "description",
  "enabled",
  "severity",
  "condition",
  "plugin_id",
  "plugins",
  "labels",
  "channels",
  "cooldown_minutes",
  "for_seconds",
  "recover",
  "auto_resolve",
  "repeat_minutes",
  "escalation",
  "title_template",
  "body_template",
  "group_by",
  "inhibited_by",
  "overrides",
  "runbook_url",
] as const;

function fieldWord(t: (key: `field.${(typeof FIELDS)[number]}`) => string, name: string): string {
  const known = FIELDS.find((one) => one === name);
  return known ? t(`field.${known}`) : name;
}

interface FieldsProps {
  draft: Draft;
  change: Dispatch<Change>;
  errors: Record<string, string>;
  kinds: Kinds;
  isNew: boolean;
  disabled: boolean;
}

function Fields({ draft, change, errors, kinds, isNew, disabled }: FieldsProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const known = useKnown();
  const rules = useRules();
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  const scope = draft.plugin_id !== null ? "one" : draft.plugins !== null ? "pattern" : "all";
  const number = (name: "cooldown_minutes" | "for_seconds" | "repeat_minutes", extra: object = {}) => (
    <NumberInput
      label={t(`field.${name}`)}
      description={t(`help.${name}`)}
      name={name}
      disabled={disabled}
      min={0}
      clampBehavior="none"
      value={draft[name] ?? ""}
      onChange={(value) => set({ [name]: typeof value === "number" ? value : null })}
      error={errors[name]}
      {...extra}
    />
  );
  return (
    <>
      <Section title={t("section.what")}>
        <TextInput
          label={t("field.name")}
          name="name"
          required
          disabled={disabled}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
          error={errors.name}
          data-autofocus
        />
        <Group grow align="flex-start">
          <Select
            label={t("field.severity")}
            name="severity"
            disabled={disabled}
            allowDeselect={false}
            data={SEVERITIES.map((one) => ({ value: one, label: t(`severity.${one}`) }))}
            value={draft.severity}
            onChange={(value) => value && set({ severity: value as Severity })}
            error={errors.severity}
            leftSection={<SeverityDot severity={draft.severity} />}
          />
          {isNew && (
            <TextInput
              label={t("field.id")}
              description={t("help.id")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              name="id"
              value={draft.id}
              onChange={(event) => set({ id: event.target.value })}
              error={errors.id}
            />
          )}
        </Group>
        <Textarea
          label={t("field.description")}
          name="description"
          disabled={disabled}
          autosize
          minRows={1}
          maxRows={8}
          value={draft.description}
          onChange={(event) => set({ description: event.target.value })}
          error={errors.description}
        />
        <TextInput
          label={t("field.runbook_url")}
          description={t("help.runbook_url")}
          name="runbook_url"
          type="url"
          disabled={disabled}
          placeholder="https://"
          value={draft.runbook_url}
          onChange={(event) => set({ runbook_url: event.target.value })}
          error={errors.runbook_url}
        />
        <Switch
          label={t("field.enabled")}
          disabled={disabled}
          checked={draft.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
      </Section>

      <Section title={t("section.when")}>
        <ConditionEditor
          kinds={kinds}
          value={draft.condition}
          onChange={(condition) => set({ condition })}
          errors={errors}
          disabled={disabled}
        />
        {number("for_seconds", { max: 86_400 })}
      </Section>

      <Section title={t("section.where")}>
        <SegmentedControl
          aria-label={t("section.where")}
          disabled={disabled}
          data={[
            { value: "all", label: t("scope.all") },
            { value: "one", label: t("scope.one") },
            { value: "pattern", label: t("scope.pattern") },
          ]}
          value={scope}
          onChange={(to) => set({ plugin_id: to === "one" ? "" : null, plugins: to === "pattern" ? "" : null })}
        />
        {scope === "one" && (
          <Select
            label={t("field.plugin_id")}
            name="plugin_id"
            disabled={disabled}
            searchable
            limit={100}
            data={[
              ...known.plugins.map((one) => ({
                value: one.id,
                label: one.name === one.id ? one.id : `${one.name} (${one.id})`,
              })),
              ...(draft.plugin_id && !known.plugins.some((one) => one.id === draft.plugin_id)
                ? [{ value: draft.plugin_id, label: draft.plugin_id }]
                : []),
            ]}
            value={draft.plugin_id || null}
            onChange={(value) => set({ plugin_id: value ?? "" })}
            error={errors.plugin_id}
            nothingFoundMessage={t("noPlugin")}
          />
        )}
        {scope === "pattern" && (
          <TextInput
            label={t("field.plugins")}
            description={t("help.plugins")}
            name="plugins"
            disabled={disabled}
            value={draft.plugins ?? ""}
            onChange={(event) => set({ plugins: event.target.value })}
            error={errors.plugins}
          />
        )}
        <SchemaForm
          schema={{
            properties: {
              labels: {
                type: "object",
                additionalProperties: { type: "string" },
                title: t("field.labels"),
                description: t("help.labels"),
              },
            },
          }}
          scope="rule"
          value={{ labels: draft.labels }}
          onChange={({ labels }) => set({ labels: labels as Record<string, string> })}
          errors={errors}
          disabled={disabled}
        />
      </Section>

      <Section title={t("section.whom")}>
        <ChannelSelect
          label={t("field.channels")}
          description={t("help.channels")}
          name="channels"
          disabled={disabled}
          value={draft.channels}
          onChange={(channels) => set({ channels })}
          error={errors.channels}
        />
        {number("cooldown_minutes", { max: 10_080 })}
        {number("repeat_minutes", { max: 10_080, placeholder: t("repeatDefault") })}
        <Stack gap="xs">
          <Text size="sm" fw={500}>
            {t("field.escalation")}
          </Text>
          <Text size="xs" c="dimmed">
            {t("help.escalation")}
          </Text>
          {draft.escalation.map((step, at) => {
            const put = (fields: Partial<(typeof draft.escalation)[number]>) =>
              set({ escalation: draft.escalation.map((one, i) => (i === at ? { ...one, ...fields } : one)) });
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name.
              <Group key={at} align="flex-start" gap="xs" wrap="nowrap">
                <div className={classes.step}>
                  <NumberInput
                    label={t("afterMinutes")}
                    disabled={disabled}
                    min={0}
                    clampBehavior="none"
                    value={step.after_minutes ?? ""}
                    onChange={(value) => put({ after_minutes: typeof value === "number" ? value : null })}
                    error={errors[`escalation.${at}.after_minutes`]}
                  />
                  <ChannelSelect
                    label={t("stepChannels")}
                    disabled={disabled}
                    value={step.channels}
                    onChange={(channels) => put({ channels })}
                    error={errors[`escalation.${at}.channels`]}
                  />
                </div>
                <Box pt={24}>
                  <RemoveButton
                    name={t("step", { number: at + 1 })}
                    disabled={disabled}
                    onClick={() => set({ escalation: draft.escalation.filter((_, i) => i !== at) })}
                  />
                </Box>
              </Group>
            );
          })}
          <AddButton
            label={t("addStep")}
            disabled={disabled}
            onClick={() => set({ escalation: [...draft.escalation, { after_minutes: 15, channels: [] }] })}
          />
        </Stack>
      </Section>

      <Section title={t("section.end")}>
        <Switch
          label={t("field.auto_resolve")}
          description={t("help.auto_resolve")}
          disabled={disabled}
          checked={draft.auto_resolve}
          onChange={(event) => set({ auto_resolve: event.currentTarget.checked })}
        />
        {draft.auto_resolve && (
          <Switch
            label={t("field.recover")}
            description={t("help.recover")}
            disabled={disabled}
            checked={draft.recover !== null}
            onChange={(event) =>
              set({ recover: event.currentTarget.checked ? { threshold: null, for_seconds: 0 } : null })
            }
          />
        )}
        {draft.auto_resolve && draft.recover && (
          <Group grow align="flex-start">
            <NumberInput
              label={t("recoverThreshold")}
              disabled={disabled}
              placeholder={t("fields:unset")}
              value={draft.recover.threshold ?? ""}
              onChange={(value) =>
                draft.recover &&
                set({ recover: { ...draft.recover, threshold: typeof value === "number" ? value : null } })
              }
              error={errors["recover.threshold"]}
            />
            <NumberInput
              label={t("recoverSeconds")}
              disabled={disabled}
              min={0}
              clampBehavior="none"
              value={draft.recover.for_seconds ?? ""}
              onChange={(value) =>
                draft.recover &&
                set({ recover: { ...draft.recover, for_seconds: typeof value === "number" ? value : null } })
              }
              error={errors["recover.for_seconds"]}
            />
          </Group>
        )}
      </Section>

      <Section title={t("section.wording")}>
        <Wording
          title={draft.title_template}
          body={draft.body_template}
          onChange={set}
          errors={errors}
          disabled={disabled}
        />
      </Section>

      <Section title={t("section.rarely")}>
        <GroupBy
          value={draft.group_by}
          onChange={(group_by) => set({ group_by })}
          error={errors.group_by}
          disabled={disabled}
        />
        <TagsInput
          label={t("field.inhibited_by")}
          description={t("help.inhibited_by")}
          name="inhibited_by"
          disabled={disabled}
          data={(rules.data?.rules ?? []).flatMap((one) => (one.id ? [one.id] : []))}
          value={draft.inhibited_by}
          onChange={(inhibited_by) => set({ inhibited_by })}
          error={errors.inhibited_by}
          acceptValueOnBlur
        />
        <TextInput
          label={t("field.overrides")}
          description={t("help.overrides")}
          name="overrides"
          disabled={disabled}
          value={draft.overrides ?? ""}
          onChange={(event) => set({ overrides: event.target.value || null })}
          error={errors.overrides}
        />
      </Section>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={3} size="h5" mb="sm">
        {title}
      </Title>
      <Stack gap="sm">{children}</Stack>
    </Paper>
  );
}

function SeverityDot({ severity }: { severity: Severity }) {
  const { color, icon: Icon } = SEVERITY_LOOK[severity];
  return <Icon size={16} color={`var(--mantine-color-${color}-filled)`} />;
}

const GROUPS = ["rule", "plugin", "severity", "none", "label"] as const;

function GroupBy(props: {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  disabled: boolean;
}) {
  const { t } = useTranslation("rules");
  const { value, onChange, error, disabled } = props;
  const kind = value.startsWith("label:") ? "label" : value;
  return (
    <Group grow align="flex-start">
      <Select
        label={t("field.group_by")}
        description={t("help.group_by")}
        disabled={disabled}
        allowDeselect={false}
        data={GROUPS.map((one) => ({ value: one, label: t(`groupBy.${one}`) }))}
        value={kind}
        onChange={(next) => next && onChange(next === "label" ? "label:" : next)}
        error={kind === "label" ? undefined : error}
      />
      {kind === "label" && (
        <TextInput
          label={t("groupLabel")}
          description={t("help.groupLabel")}
          disabled={disabled}
          value={value.slice("label:".length)}
          onChange={(event) => onChange(`label:${event.target.value}`)}
          error={error}
        />
      )}
    </Group>
  );
}

interface ChannelSelectProps {
  label: string;
  description?: string;
  name?: string;
  disabled: boolean;
  value: string[];
  onChange: (value: string[]) => void;
  error: string | undefined;
}

function ChannelSelect({ value, ...rest }: ChannelSelectProps) {
  const { t } = useTranslation("rules");
  const channels = useChannels().data ?? {};
  const names = [...new Set([...Object.keys(channels), ...value])];
  const { description, name, ...others } = rest;
  return (
    <MultiSelect
      {...others}
      {...(description ? { description } : {})}
      {...(name ? { name } : {})}
      searchable
      hidePickedOptions
      value={value}
      data={names
        .sort(
          (a, b) =>
            Number(channels[b]?.configured ?? false) - Number(channels[a]?.configured ?? false) || a.localeCompare(b),
        )
        .map((one) => ({
          value: one,
          label: channels[one]?.configured ? one : t("notConfigured", { name: one }),
        }))}
    />
  );
}
