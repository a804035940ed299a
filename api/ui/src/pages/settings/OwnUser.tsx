/** For those who signed in with a one-time link: they have no password to change, and become a user to have one. */

import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useBecomeUser } from "../../api/access";
import { useMay } from "../../api/context";
import type { Me } from "../../api/types";
import { FailedState } from "../../parts/FailedState";
import { PasswordField } from "../../parts/PasswordField";
import { useProblemText } from "../../parts/useProblemText";
import { MIN_PASSWORD_CHARS, passwordFault } from "./password";
import { Section } from "./Section";

export function OwnUser({ me }: { me: Me }) {
  const { t } = useTranslation("settings");
  const mayCreate = useMay("admin");
  const problemText = useProblemText();
  const become = useBecomeUser();
  const form = useForm({
    initialValues: { name: me.name, password: "", again: "" },
    validate: {
      name: (name) => (name.trim() ? null : t("users.nameNeeded")),
      password: (chosen) => passwordFault(chosen) && t("password.short", { count: MIN_PASSWORD_CHARS }),
      again: (again, values) => (again === values.password ? null : t("password.differs")),
    },
  });
  if (!mayCreate) {
    return (
      <Section title={t("password.title")}>
        <Text size="sm" data-testid="no-password">
          {t("password.noneAsk")}
        </Text>
      </Section>
    );
  }
  return (
    <Section title={t("password.title")} text={t("password.none")}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          become.mutate(
            { name: values.name.trim(), role: me.role, password: values.password },
            {
              onSuccess: () => window.location.reload(),
              onError: (error) => form.setErrors(problemText.fields(error)),
            },
          ),
        )}
      >
        <Stack gap="sm" maw={360}>
          <TextInput label={t("users.name")} maxLength={64} autoComplete="username" {...form.getInputProps("name")} />
          <PasswordField label={t("password.new")} autoComplete="new-password" {...form.getInputProps("password")} />
          <PasswordField label={t("password.again")} autoComplete="new-password" {...form.getInputProps("again")} />
          {become.isError && <FailedState error={become.error} />}
          <Button type="submit" loading={become.isPending} w="fit-content">
            {t("password.become")}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
