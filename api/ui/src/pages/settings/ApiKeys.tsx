/** Keys for programs: made, shown once, revoked. */

import {
  Alert,
  Badge,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  MultiSelect,
  Select,
  Stack,
  Table,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiKey, type NewApiKey, type Role, useApiKeyChanges, useApiKeys } from "../../api/access";
import type { Body } from "../../api/client";
import { useNow } from "../../format/useNow";
import { useWho } from "../../format/useWho";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { FormDialog } from "../../parts/FormDialog";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { Instant, TimeAgo } from "../../parts/TimeAgo";
import { useProblemText } from "../../parts/useProblemText";
import { ROLES, RoleSelect } from "./RoleSelect";
import { Section } from "./Section";

type Door = NonNullable<Body<"post", "/api-keys">["doors"]>[number];

const DOORS: readonly Door[] = [
  "events",
  "remote_write",
  "otlp",
  "collectd",
  "influx",
  "alertmanager",
  "pagerduty",
  "opsgenie",
  "webhook",
];
const DAYS = ["7", "30", "90", "365"] as const;

export function ApiKeys() {
  const { t } = useTranslation("settings");
  const nowMs = useNow(60_000);
  const who = useWho();
  const apiKeys = useApiKeys();
  const { revoke } = useApiKeyChanges();
  const notifyFailed = useNotifyFailed();
  const [isCreating, create] = useState(false);
  const [made, show] = useState<NewApiKey | null>(null);
  const [asked, ask] = useState<ApiKey | null>(null);
  return (
    <Section
      title={t("section.keys")}
      text={t("keys.text")}
      actions={<Button onClick={() => create(true)}>{t("keys.create")}</Button>}
    >
      <Loaded query={apiKeys}>
        {(all) =>
          all.length ? (
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing={6} data-testid="api-keys">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("keys.name")}</Table.Th>
                    <Table.Th>{t("users.role")}</Table.Th>
                    <Table.Th>{t("keys.madeBy")}</Table.Th>
                    <Table.Th>{t("keys.lastUsed")}</Table.Th>
                    <Table.Th>{t("keys.expires")}</Table.Th>
                    <Table.Th />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {all.map((one) => (
                    <Table.Tr key={one.id} data-key={one.name}>
                      <Table.Td>
                        {one.name}
                        {one.plugins.length + one.doors.length > 0 && (
                          <Text size="xs" c="dimmed">
                            {[...one.plugins, ...one.doors].join(", ")}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>{t(`roles.${one.role}`)}</Table.Td>
                      <Table.Td>
                        {who(one.created_by, one.created_by_principal)}{" "}
                        <Text span size="xs" c="dimmed">
                          <TimeAgo atMs={one.created_at_ms} />
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        {one.last_used_at_ms ? <TimeAgo atMs={one.last_used_at_ms} /> : t("keys.unused")}
                      </Table.Td>
                      <Table.Td>
                        {one.expires_at_ms === null ? (
                          t("keys.never")
                        ) : one.expires_at_ms < nowMs ? (
                          <Badge color="red" variant="light" tt="none">
                            {t("keys.expired")}
                          </Badge>
                        ) : (
                          <Instant atMs={one.expires_at_ms} />
                        )}
                      </Table.Td>
                      <Table.Td ta="right">
                        <Button
                          size="xs"
                          variant="default"
                          aria-label={t("keys.revokeLabel", { name: one.name })}
                          onClick={() => ask(one)}
                        >
                          {t("keys.revoke")}
                        </Button>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            <EmptyState icon={<IconKey size={40} stroke={1.2} />} title={t("keys.none")} text={t("keys.noneHint")} />
          )
        }
      </Loaded>
      {isCreating && (
        <CreateKey
          onClose={() => create(false)}
          onMade={(key) => {
            create(false);
            show(key);
          }}
        />
      )}
      {made && <ShownOnce made={made} onClose={() => show(null)} />}
      <ConfirmDialog
        opened={asked !== null}
        title={t("keys.revokeTitle", { name: asked?.name ?? "" })}
        action={t("keys.revoke")}
        isDanger
        isBusy={revoke.isPending}
        onConfirm={() =>
          asked &&
          revoke.mutate(asked.id, {
            onSuccess: () => notifyDone(t("keys.revoked", { name: asked.name })),
            onError: notifyFailed,
            onSettled: () => ask(null),
          })
        }
        onClose={() => ask(null)}
      >
        {t("keys.revokeText")}
      </ConfirmDialog>
    </Section>
  );
}

function CreateKey({ onClose, onMade }: { onClose: () => void; onMade: (made: NewApiKey) => void }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { create } = useApiKeyChanges();
  const form = useForm({
    initialValues: { name: "", role: "publisher" as Role, days: "90", plugins: [] as string[], doors: [] as Door[] },
    validate: { name: (name) => (name.trim() ? null : t("users.nameNeeded")) },
  });
  const submit = form.onSubmit(({ name, role, days, plugins, doors }) =>
    create.mutate(
      {
        name: name.trim(),
        role,
        days: days === "never" ? null : Number(days),
        plugins: role === "publisher" ? plugins : [],
        doors: role === "publisher" ? doors : [],
      },
      { onSuccess: onMade, onError: (error) => form.setErrors(problemText.fields(error)) },
    ),
  );
  return (
    <FormDialog
      title={t("keys.create")}
      action={t("action.create")}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t("keys.name")}
        description={t("keys.nameHint")}
        maxLength={64}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <RoleSelect roles={ROLES} {...form.getInputProps("role")} />
      {form.values.role === "publisher" && (
        <>
          <TagsInput label={t("keys.plugins")} description={t("keys.pluginsHint")} {...form.getInputProps("plugins")} />
          <MultiSelect
            label={t("keys.doors")}
            description={t("keys.doorsHint")}
            data={DOORS}
            {...form.getInputProps("doors")}
          />
        </>
      )}
      <Select
        label={t("keys.goodFor")}
        data={[
          ...DAYS.map((days) => ({ value: days as string, label: t("keys.days", { count: Number(days) }) })),
          { value: "never", label: t("keys.never") },
        ]}
        allowDeselect={false}
        {...form.getInputProps("days")}
      />
    </FormDialog>
  );
}

/** The one time the key is seen. Closed by its button alone, so that no stray click loses it. */
function ShownOnce({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const { t } = useTranslation("settings");
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("keys.made", { name: made.name })}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Alert color="orange" variant="light">
          {t("keys.once")}
        </Alert>
        <Code block data-testid="new-key">
          {made.key}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={made.key}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                onClick={copy}
                data-autofocus
              >
                {t(copied ? "keys.copied" : "keys.copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t("keys.done")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
