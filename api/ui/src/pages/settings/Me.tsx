/** The one signed in: language, light or dark, password, and where else they are signed in. */

import { Badge, Button, SegmentedControl, SimpleGrid, Stack, Table, Text, useMantineColorScheme } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Session, useChangePassword, useEndSession, useSessions } from "../../api/access";
import { useMe } from "../../api/context";
import { LANGUAGES, type Language } from "../../i18n";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { FailedState } from "../../parts/FailedState";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PasswordField } from "../../parts/PasswordField";
import { Instant, TimeAgo } from "../../parts/TimeAgo";
import { useProblemText } from "../../parts/useProblemText";
import { OwnUser } from "./OwnUser";
import { MIN_PASSWORD_CHARS, passwordFault } from "./password";
import { Section } from "./Section";

export function Me() {
  const me = useMe().data;
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Appearance />
        {me?.kind === "link" ? <OwnUser me={me} /> : <Password />}
      </SimpleGrid>
      <Sessions />
    </Stack>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation("settings");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const me = useMe().data;
  return (
    <Section
      title={t("appearance.title")}
      text={me && t("appearance.who", { name: me.name, role: t(`role.${me.role}`) })}
    >
      <Stack gap="md" align="flex-start">
        <Stack gap={4}>
          <Text size="sm" fw={500} id="language">
            {t("language.label")}
          </Text>
          <SegmentedControl
            aria-labelledby="language"
            value={i18n.language}
            data={LANGUAGES.map((language) => ({ value: language, label: t(`language.${language}`) }))}
            onChange={(language) => void i18n.changeLanguage(language as Language)}
          />
        </Stack>
        <Stack gap={4}>
          <Text size="sm" fw={500} id="scheme">
            {t("scheme.label")}
          </Text>
          <SegmentedControl
            aria-labelledby="scheme"
            value={colorScheme}
            data={(["light", "dark", "auto"] as const).map((name) => ({ value: name, label: t(`scheme.${name}`) }))}
            onChange={(name) => setColorScheme(name as "light" | "dark" | "auto")}
          />
        </Stack>
        <Text size="xs" c="dimmed">
          {t("appearance.here")}
        </Text>
      </Stack>
    </Section>
  );
}

function Password() {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const change = useChangePassword();
  const form = useForm({
    initialValues: { old: "", new: "", again: "" },
    validate: {
      old: (old) => (old ? null : t("password.needed")),
      new: (chosen) => passwordFault(chosen) && t("password.short", { count: MIN_PASSWORD_CHARS }),
      again: (again, values) => (again === values.new ? null : t("password.differs")),
    },
  });
  if (change.isSuccess) {
    return (
      <Section title={t("password.title")}>
        <Text role="status" mb="sm">
          {t("password.changed")}
        </Text>
        <Button onClick={() => window.location.reload()}>{t("password.signIn")}</Button>
      </Section>
    );
  }
  return (
    <Section title={t("password.title")} text={t("password.text")}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          change.mutate(
            { old: values.old, new: values.new },
            { onError: (e) => form.setErrors(problemText.fields(e)) },
          ),
        )}
      >
        <Stack gap="sm" maw={360}>
          <PasswordField label={t("password.old")} autoComplete="current-password" {...form.getInputProps("old")} />
          <PasswordField label={t("password.new")} autoComplete="new-password" {...form.getInputProps("new")} />
          <PasswordField label={t("password.again")} autoComplete="new-password" {...form.getInputProps("again")} />
          {change.isError && <FailedState error={change.error} />}
          <Button type="submit" loading={change.isPending} w="fit-content">
            {t("password.change")}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function Sessions() {
  const { t } = useTranslation("settings");
  const sessions = useSessions();
  const end = useEndSession();
  const notifyFailed = useNotifyFailed();
  const [asked, ask] = useState<Session | null>(null);
  const confirm = () =>
    asked &&
    end.mutate(asked.id, {
      onSuccess: () => {
        if (asked.current) window.location.reload();
        else notifyDone(t("sessions.ended"));
      },
      onError: notifyFailed,
      onSettled: () => ask(null),
    });
  return (
    <Section title={t("sessions.title")} text={t("sessions.text")}>
      <Loaded query={sessions}>
        {(all) => (
          <Table.ScrollContainer minWidth={480}>
            <Table verticalSpacing={6} data-testid="sessions">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("sessions.kind")}</Table.Th>
                  <Table.Th>{t("sessions.opened")}</Table.Th>
                  <Table.Th>{t("sessions.ends")}</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {all.map((one) => (
                  <Table.Tr key={one.id} data-current={one.current || undefined}>
                    <Table.Td>
                      {t(`sessions.${one.kind}`)}{" "}
                      {one.current && (
                        <Badge variant="light" tt="none">
                          {t("sessions.current")}
                        </Badge>
                      )}
                    </Table.Td>
                    <Table.Td>{one.opened_at_ms ? <TimeAgo atMs={one.opened_at_ms} /> : "–"}</Table.Td>
                    <Table.Td>
                      <Instant atMs={one.ends_at_ms} />
                    </Table.Td>
                    <Table.Td ta="right">
                      <Button size="xs" variant="default" onClick={() => ask(one)}>
                        {t("sessions.end")}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
      <ConfirmDialog
        opened={asked !== null}
        title={t("sessions.endTitle")}
        action={t("sessions.end")}
        isDanger
        isBusy={end.isPending}
        onConfirm={confirm}
        onClose={() => ask(null)}
      >
        {t(asked?.current ? "sessions.endCurrent" : "sessions.endOther")}
      </ConfirmDialog>
    </Section>
  );
}
