/** One body mapping, drawn from a sample: a click on a value fills a field, and what comes out is shown at once. */

import { Button, Code, Group, NativeSelect, SimpleGrid, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../../../api/problem";
import {
  type BodyMapping,
  type BodyMappings,
  type KeptBody,
  useBodyTrial,
  useWebhookChanges,
  type WebhooksVersion,
} from "../../../api/webhooks";
import { ConfirmDialog } from "../../../parts/ConfirmDialog";
import { FailedState } from "../../../parts/FailedState";
import { notifyDone } from "../../../parts/notify";
import { useProblemText } from "../../../parts/useProblemText";
import { Section } from "../Section";
import { BodyTree } from "./BodyTree";
import { assigned, EMPTY, TARGETS, type Target } from "./bodyPath";
import { KeptBodies } from "./KeptBodies";
import { MappingFields } from "./MappingFields";
import { TrialResult } from "./TrialResult";

interface Props {
  name: string;
  /** As it was when editing began. */
  inForce: WebhooksVersion;
  bodies: readonly KeptBody[];
  /** The first sample. */
  first: string;
  onClose: () => void;
}

export function WebhookForm({ name, inForce, bodies, first, onClose }: Props) {
  const { t } = useTranslation("webhooks");
  const problemText = useProblemText();
  const { save } = useWebhookChanges();
  const before = inForce.mappings.webhooks[name];
  const [mapping, setMapping] = useState<BodyMapping>(before ?? EMPTY);
  const [text, setText] = useState(first);
  const [target, setTarget] = useState<Target>("alerts");
  const [isDeleting, setDeleting] = useState(false);
  const [asked] = useDebouncedValue({ mapping, text }, 250);
  const trial = useBodyTrial(asked.mapping, asked.text, name);
  const sample = parsed(text);
  const refused = save.error ?? trial.error;
  const errors: Record<string, string> = {};
  for (const one of trial.data?.problems ?? []) errors[one.field] ??= problemText.field(one);
  if (refused)
    for (const [field, message] of Object.entries(problemText.fields(refused)))
      errors[field.replace(/^mapping\.|^webhooks\.[^.]+\./, "")] = message;
  const put = (webhooks: BodyMappings, done: string) =>
    save.mutate(
      { webhooks, version: inForce.version },
      {
        onSuccess: () => {
          notifyDone(done);
          onClose();
        },
      },
    );
  const others = () => {
    const { [name]: _, ...rest } = inForce.mappings.webhooks;
    return rest;
  };
  return (
    <Section
      title={t("edit", { name })}
      text={<Code>{t("address", { name })}</Code>}
      actions={
        <Button variant="default" size="xs" onClick={onClose}>
          {t("close")}
        </Button>
      }
    >
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Stack>
          <Textarea
            label={t("sample")}
            description={t("sampleHint")}
            autosize
            minRows={4}
            maxRows={12}
            maxLength={262_144}
            value={text}
            error={sample.error && t("notJson", { error: sample.error })}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <NativeSelect
            label={t("target")}
            data={TARGETS.map((value) => ({ value, label: t(`field.${value}`) }))}
            value={target}
            onChange={(event) => setTarget(event.currentTarget.value as Target)}
          />
          {sample.value !== undefined && (
            <section aria-label={t("tree")} data-testid="body-tree">
              <BodyTree
                value={sample.value}
                onPick={(place) => {
                  save.reset();
                  setMapping(assigned(mapping, target, place, sample.value));
                }}
              />
            </section>
          )}
          <Text fw={600} size="sm">
            {t("bodies")}
          </Text>
          <KeptBodies bodies={bodies} onUse={(body) => setText(body.text)} />
        </Stack>
        <Stack>
          <MappingFields
            mapping={mapping}
            errors={errors}
            onTarget={setTarget}
            onChange={(next) => {
              save.reset();
              setMapping(next);
            }}
          />
        </Stack>
      </SimpleGrid>
      <Stack mt="md">
        {trial.data && text.trim() && <TrialResult trial={trial.data} />}
        {refused && !asProblem(refused).errors.length && <FailedState error={refused} />}
        <Group justify="flex-end">
          {before && (
            <Button variant="default" color="red" onClick={() => setDeleting(true)}>
              {t("delete")}
            </Button>
          )}
          <Button
            disabled={JSON.stringify(mapping) === JSON.stringify(before)}
            loading={save.isPending}
            onClick={() => put({ ...inForce.mappings.webhooks, [name]: mapping }, t("saved"))}
          >
            {t("save")}
          </Button>
        </Group>
      </Stack>
      <ConfirmDialog
        opened={isDeleting}
        title={t("deleteTitle", { name })}
        action={t("delete")}
        isDanger
        isBusy={save.isPending}
        onClose={() => setDeleting(false)}
        onConfirm={() => put(others(), t("deleted"))}
      >
        {t("deleteText")}
      </ConfirmDialog>
    </Section>
  );
}

function parsed(text: string): { value?: unknown; error?: string } {
  if (!text.trim()) return {};
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
