/** The form of a rule, checked by the server while it is written, with its preview beside it. */

import { Alert, Box, Button, Group, Stack } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconCopy, IconFileText, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import type { Versioned } from "../../api/client";
import { useClient, useMay } from "../../api/context";
import { asProblem } from "../../api/problem";
import { type Rule, usePreview, useSaveRule } from "../../api/rules";
import { ConflictDialog } from "../../parts/ConflictDialog";
import { FailedState } from "../../parts/FailedState";
import { FormFoot } from "../../parts/FormFoot";
import { focusRefused } from "../../parts/focusRefused";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { keptDraft, useKept } from "../../parts/useKept";
import { useProblemText } from "../../parts/useProblemText";
import { BacktestStrip } from "./BacktestStrip";
import { DeleteRuleDialog } from "./DeleteRuleDialog";
import { bodyOf, changedFields, copyOf, type Draft, draftOf, type Kinds, NEW_RULE, reduce } from "./draft";
import classes from "./RuleEditor.module.css";
import { RulePreview } from "./RulePreview";
import { RuleSections } from "./sections/RuleSections";

const DEBOUNCE_MS = 400;

export interface FormProps {
  id: string | null;
  read: Versioned<Rule> | null;
  isCopy: boolean;
  onReload?: () => void;
}

export function RuleForm({ id, read, isCopy, onReload, kinds }: FormProps & { kinds: Kinds }) {
  const { t } = useTranslation("rules");
  const problemText = useProblemText();
  const [, navigate] = useLocation();
  const client = useClient();
  const isAdmin = useMay("admin");
  const notifyFailed = useNotifyFailed();
  const [first] = useState(() =>
    read ? (isCopy ? copyOf(read.data, t("copyName", { name: read.data.name })) : draftOf(read.data)) : NEW_RULE,
  );
  const keptAs = `rule:${id ?? (isCopy ? `copy of ${read?.data.id}` : "new")}`;
  const etag = read?.etag ?? "";
  const [restored] = useState(() => keptDraft<Draft>(keptAs, etag));
  const [draft, change] = useReducer(reduce, restored ?? first);
  const forget = useKept(keptAs, etag, draft, first);
  const [isChecked, setChecked] = useState(id !== null);
  const [theirs, setTheirs] = useState<Versioned<Rule> | null>(null);
  const [isDeleting, deleting] = useDisclosure(false);
  const form = useRef<HTMLFormElement>(null);
  const save = useSaveRule();

  const body = useMemo(() => bodyOf(draft, kinds), [draft, kinds]);
  const [settled] = useDebouncedValue(body, DEBOUNCE_MS);
  // Of a new rule without a word the server could only say what is missing.
  const isUntouched = draft === NEW_RULE;
  const preview = usePreview(isUntouched ? null : settled);
  // The id tells which rule it is compared with; a copy is compared with none.
  const triedOut = useMemo(() => (id === null ? settled : { ...settled, id }), [settled, id]);
  const refusal = preview.isError ? asProblem(preview.error) : null;
  const saveRefusal = save.isError ? asProblem(save.error) : null;
  const isRefused = refusal?.status === 422;
  // What was never filled in is not wrong yet; what was written is, at once.
  const errors = useMemo(() => {
    const all = {
      ...(saveRefusal ? problemText.fields(saveRefusal) : {}),
      ...(isRefused ? problemText.fields(refusal) : {}),
    };
    return isChecked ? all : Object.fromEntries(Object.entries(all).filter(([path]) => isFilled(draft, path)));
  }, [saveRefusal, refusal, isRefused, isChecked, draft, problemText]);

  const store = (ifMatch?: string) =>
    save.mutate(
      { id, body, ...(ifMatch ? { ifMatch } : {}) },
      {
        onSuccess: (saved) => {
          forget();
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
      {restored && draft !== first && (
        <Alert color="blue" variant="light" mb="md" role="status" data-testid="kept-draft">
          <Group justify="space-between" gap="xs">
            {t("preview.kept")}
            <Button size="xs" variant="default" onClick={() => change({ type: "replace", draft: first })}>
              {t("preview.discard")}
            </Button>
          </Group>
        </Alert>
      )}
      <form ref={form} onSubmit={submit} noValidate>
        <div className={classes.columns}>
          <Stack className={classes.fields}>
            <RuleSections
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
              isBad={isRefused || isUntouched}
              failure={refusal && !isRefused ? preview.error : null}
            />
            <Box mt="md">
              <BacktestStrip
                rule={isUntouched || !preview.isSuccess || preview.isPlaceholderData ? null : triedOut}
                metric={preview.data?.metrics[0] ?? ""}
              />
            </Box>
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
          <FormFoot
            action={id === null ? t("create") : t("action.save")}
            back="/rules"
            onCancel={forget}
            isBusy={save.isPending}
            error={save.error}
            className={classes.bar}
          />
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
  "label_matchers",
  "channels",
  "cooldown_minutes",
  "for_seconds",
  "recover",
  "auto_resolve",
  "when_gone",
  "gone_after_seconds",
  "repeat_minutes",
  "escalation",
  "title_template",
  "body_template",
  "group_by",
  "inhibited_by",
  "equal",
  "overrides",
  "runbook_url",
] as const;

function fieldWord(t: (key: `field.${(typeof FIELDS)[number]}`) => string, name: string): string {
  const known = FIELDS.find((one) => one === name);
  return known ? t(`field.${known}`) : name;
}
