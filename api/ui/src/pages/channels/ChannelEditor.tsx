/** The form of one channel, drawn from its kind's schema. */

import { Alert, Anchor, Box, Button, Group, Paper, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowLeft, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Channel, ifMatchOf, useChannels, useConfigure, useForget, useKinds } from "../../api/channels";
import { useMay } from "../../api/context";
import { asProblem } from "../../api/problem";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { ConflictDialog } from "../../parts/ConflictDialog";
import { EmptyState } from "../../parts/EmptyState";
import { FailedState } from "../../parts/FailedState";
import { FormFoot } from "../../parts/FormFoot";
import { focusRefused } from "../../parts/focusRefused";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SchemaForm } from "../../parts/schema-form/SchemaForm";
import { fieldsOf, initialOf, type JsonSchema, sendable, shared, type Values } from "../../parts/schema-form/schema";
import { useFieldWords } from "../../parts/schema-form/words";
import { useProblemText } from "../../parts/useProblemText";
import { DeadLetters } from "./DeadLetters";
import { kindOf } from "./kinds";
import { TestButton } from "./TestButton";

/** How the destination is reached; few channels need it, so it stands below what each needs. */
const NETWORK = new Set(["proxy_url", "ca_certificate"]);

export function ChannelEditor({ name }: { name: string }) {
  const { t } = useTranslation("channels");
  const channels = useChannels();
  const kinds = useKinds();
  const kind = kindOf(name);
  return (
    <>
      <Anchor component={Link} href="/channels" size="sm" mb="xs" display="inline-block">
        <Group gap={4}>
          <IconArrowLeft size={16} /> {t("title")}
        </Group>
      </Anchor>
      <Loaded query={kinds}>
        {(schemas) => (
          <Loaded query={channels}>
            {(all) => {
              const schema = schemas[kind];
              return schema ? (
                <Opened name={name} kind={kind} schema={schema} schemas={schemas} channel={all[name]} />
              ) : (
                <EmptyState
                  title={t("noKind", { name })}
                  text={t("noKindHint", { kinds: Object.keys(schemas).join(", ") })}
                />
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

interface OpenedProps {
  name: string;
  kind: string;
  schema: JsonSchema;
  schemas: Record<string, JsonSchema>;
  /** As it is now; what is being written was begun from an earlier one perhaps. */
  channel: Channel | undefined;
}

function Opened(props: OpenedProps) {
  // The version the form was begun with is kept while others change it: the server compares.
  const [round, setRound] = useState(0);
  return <Form key={round} {...props} onReload={() => setRound(round + 1)} />;
}

function Form({ name, kind, schema, schemas, channel, onReload }: OpenedProps & { onReload: () => void }) {
  const { t } = useTranslation("channels");
  const problemText = useProblemText();
  const words = useFieldWords();
  const isAdmin = useMay("admin");
  const mayTest = useMay("operator");
  const channels = useChannels();
  const configure = useConfigure(name);
  const notifyFailed = useNotifyFailed();
  const [begun, setBegun] = useState(channel);
  const [values, setValues] = useState<Values>(() => startOf(schema, channel));
  const [isTouched, setTouched] = useState(false);
  const [theirs, setTheirs] = useState<Channel | null>(null);
  const [isForgetting, forgetting] = useDisclosure(false);
  const form = useRef<HTMLFormElement>(null);
  const problem = configure.isError ? asProblem(configure.error) : null;
  const errors = problem ? problemText.fields(problem) : {};
  const common = shared(Object.values(schemas));
  const isOwn = (field: string) => !common.has(field) && !NETWORK.has(field);
  const hasOwn = fieldsOf(schema).some((field) => isOwn(field.name));
  const hasNetwork = fieldsOf(schema).some((field) => NETWORK.has(field.name));
  const unplaced = Object.entries(errors).filter(
    ([path]) => !((path.split(".")[0] ?? "") in (schema.properties ?? {})),
  );

  const store = (version: string) =>
    configure.mutate(
      { fields: sendable(schema, values), ifMatch: ifMatchOf(version) },
      {
        onSuccess: async () => {
          notifyDone(t("saved", { name }));
          setTouched(false);
          const fresh = (await channels.refetch()).data?.[name];
          setBegun(fresh);
          setValues(startOf(schema, fresh));
        },
        onError: async (error) => {
          const refusal = asProblem(error);
          if (refusal.status === 412) {
            const fresh = (await channels.refetch()).data?.[name];
            if (fresh) setTheirs(fresh);
            return;
          }
          if (!refusal.errors.length) notifyFailed(error);
          focusRefused(form.current);
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    store(begun?.version ?? "");
  };
  const draw = (only: (field: string) => boolean) => (
    <SchemaForm
      schema={schema}
      scope={kind}
      value={values}
      onChange={(next) => {
        setValues(next);
        setTouched(true);
      }}
      errors={errors}
      only={only}
      disabled={!isAdmin}
    />
  );

  return (
    <>
      <PageHeader
        title={name === kind ? words.kind("channel", kind) : name}
        text={words.kindHelp("channel", kind, schema.description)}
        actions={
          <>
            {mayTest && begun?.configured && <TestButton name={name} disabled={isTouched} />}
            {isAdmin && begun?.source === "stored" && (
              <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={forgetting.open}>
                {t("forget")}
              </Button>
            )}
          </>
        }
      />
      <Stack maw={720}>
        {begun?.source === "environment" && (
          <Alert color="blue" variant="light">
            {t("fromEnvironment")}
          </Alert>
        )}
        {!isAdmin && (
          <Alert color="gray" variant="light">
            {t("lookOnly")}
          </Alert>
        )}
        {begun?.pause && (
          <Alert color="orange" variant="light">
            {t("pausedWhy", { reason: begun.pause })}
          </Alert>
        )}
        <form ref={form} onSubmit={submit} noValidate>
          <Stack>
            {hasOwn && (
              <Paper withBorder p="md">
                {draw(isOwn)}
              </Paper>
            )}
            {hasNetwork && (
              <Paper withBorder p="md">
                <Title order={3} size="h5" mb="sm">
                  {t("network")}
                </Title>
                {draw((field) => NETWORK.has(field))}
              </Paper>
            )}
            <Paper withBorder p="md">
              <Title order={3} size="h5" mb="sm">
                {t("common")}
              </Title>
              {draw((field) => common.has(field))}
            </Paper>
            {unplaced.map(([path, message]) => (
              <Alert key={path} color="red" variant="light" role="alert">
                {message}
              </Alert>
            ))}
            {problem && !problem.errors.length && problem.status !== 412 && <FailedState error={configure.error} />}
            {isAdmin && (
              <FormFoot
                action={t("action.save")}
                back="/channels"
                isBusy={configure.isPending}
                error={configure.error}
              />
            )}
          </Stack>
        </form>
        <Box mt="lg">
          <DeadLetters channel={name} />
        </Box>
      </Stack>
      <ConflictDialog
        opened={theirs !== null}
        changed={
          theirs
            ? changed(begun?.config as Values, theirs.config as Values).map((field) =>
                words.label(kind, { name: field, title: schema.properties?.[field]?.title ?? field }),
              )
            : []
        }
        isBusy={configure.isPending}
        onReload={onReload}
        onOverwrite={() => {
          const version = theirs?.version ?? "";
          setBegun(theirs ?? undefined);
          setTheirs(null);
          store(version);
        }}
        onClose={() => setTheirs(null)}
      />
      <ForgetDialog
        name={name}
        version={begun?.version ?? ""}
        opened={isForgetting}
        onClose={forgetting.close}
        onDone={onReload}
      />
    </>
  );
}

function ForgetDialog(props: {
  name: string;
  version: string;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const { name, version, opened, onClose, onDone } = props;
  const { t } = useTranslation("channels");
  const forget = useForget(name);
  const notifyFailed = useNotifyFailed();
  return (
    <ConfirmDialog
      opened={opened}
      title={t("forgetTitle", { name })}
      action={t("forget")}
      isDanger
      isBusy={forget.isPending}
      onClose={onClose}
      onConfirm={() =>
        forget.mutate(ifMatchOf(version), {
          onSuccess: () => {
            notifyDone(t("forgotten", { name }));
            onClose();
            onDone();
          },
          onError: (error) => {
            notifyFailed(error);
            onClose();
          },
        })
      }
    >
      {t("forgetText")}
    </ConfirmDialog>
  );
}

function startOf(schema: JsonSchema, channel: Channel | undefined): Values {
  return { ...initialOf(schema), ...((channel?.config ?? {}) as Values) };
}

function changed(before: Values = {}, after: Values = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
}
