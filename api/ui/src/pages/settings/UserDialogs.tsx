/** The dialogs that create a user, or change a user's role or password. */

import { Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Role, type User, useUserChanges } from "../../api/access";
import { FormDialog } from "../../parts/FormDialog";
import { notifyDone } from "../../parts/notify";
import { PasswordField } from "../../parts/PasswordField";
import { useProblemText } from "../../parts/useProblemText";
import { MIN_PASSWORD_CHARS, passwordFault } from "./password";
import { PEOPLE, RoleSelect } from "./RoleSelect";

export function CreateUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { create } = useUserChanges();
  const form = useForm({
    initialValues: { name: "", role: "viewer" as Role, password: "" },
    validate: {
      name: (name) => (name.trim() ? null : t("users.nameNeeded")),
      password: (chosen) => passwordFault(chosen) && t("password.short", { count: MIN_PASSWORD_CHARS }),
    },
  });
  const submit = form.onSubmit((values) =>
    create.mutate(
      { ...values, name: values.name.trim() },
      {
        onSuccess: (made) => {
          notifyDone(t("users.created", { name: made.name }));
          onClose();
        },
        onError: (error) => form.setErrors(problemText.fields(error)),
      },
    ),
  );
  return (
    <FormDialog
      title={t("users.create")}
      action={t("action.create")}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t("users.name")}
        maxLength={64}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("name")}
      />
      <RoleSelect roles={PEOPLE} {...form.getInputProps("role")} />
      <PasswordField
        label={t("password.new")}
        description={t("password.short", { count: MIN_PASSWORD_CHARS })}
        autoComplete="new-password"
        {...form.getInputProps("password")}
      />
    </FormDialog>
  );
}

export function ChangeRole({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { change } = useUserChanges();
  const [role, setRole] = useState<Role>(user.role);
  return (
    <FormDialog
      title={t("users.roleTitle", { name: user.name })}
      action={t("action.save")}
      isBusy={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate({ name: user.name, role }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <RoleSelect
        roles={PEOPLE}
        value={role}
        onChange={(chosen) => chosen && setRole(chosen as Role)}
        error={problemText.fields(change.error).role}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {t("users.sessionsEnd")}
      </Text>
    </FormDialog>
  );
}

export function ChangePassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { change } = useUserChanges();
  const form = useForm({
    initialValues: { password: "" },
    validate: { password: (chosen) => passwordFault(chosen) && t("password.short", { count: MIN_PASSWORD_CHARS }) },
  });
  const submit = form.onSubmit(({ password }) =>
    change.mutate(
      { name: user.name, password },
      {
        onSuccess: () => {
          notifyDone(t("users.passwordDone", { name: user.name }));
          onClose();
        },
        onError: (error) => form.setErrors(problemText.fields(error)),
      },
    ),
  );
  return (
    <FormDialog
      title={t("users.passwordTitle", { name: user.name })}
      action={t("action.save")}
      isBusy={change.isPending}
      error={change.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <PasswordField
        label={t("password.new")}
        description={t("password.short", { count: MIN_PASSWORD_CHARS })}
        autoComplete="new-password"
        data-autofocus
        {...form.getInputProps("password")}
      />
      <Text size="sm" c="dimmed">
        {t("users.sessionsEnd")}
      </Text>
    </FormDialog>
  );
}
