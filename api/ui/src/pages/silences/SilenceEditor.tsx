/** The form of a silence, with what it would hide. */

import { Alert, Anchor, Checkbox, Group, Paper, Stack, Textarea } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { type FormEvent, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { useMay } from "../../api/context";
import { asProblem } from "../../api/problem";
import { type Silence, useSaveSilence, useSilences } from "../../api/silences";
import { EmptyState } from "../../parts/EmptyState";
import { FailedState } from "../../parts/FailedState";
import { FormFoot } from "../../parts/FormFoot";
import { focusRefused } from "../../parts/focusRefused";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { useProblemText } from "../../parts/useProblemText";
import { againOf, bodyOf, type Draft, draftOf, matchersOf, newDraft, readersZone, reduce } from "./draft";
import { Hidden } from "./Hidden";
import { Matchers } from "./Matchers";
import classes from "./Silences.module.css";
import { When } from "./When";

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
              <FormFoot
                action={stored ? t("action.save") : t("create")}
                back="/silences"
                isBusy={save.isPending}
                error={save.error}
              />
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
