/** Who may sign in, and as what. */

import {
  ActionIcon,
  Badge,
  Button,
  Menu,
  Select,
  type SelectProps,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDots, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Role, type User, useUserChanges, useUsers } from "../../api/access";
import { useMe } from "../../api/context";
import { asProblem } from "../../api/problem";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { FormDialog } from "../../parts/FormDialog";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { PasswordField } from "../../parts/PasswordField";
import { TimeAgo } from "../../parts/TimeAgo";
import { MIN_PASSWORD_CHARS, passwordFault } from "./password";
import { Section } from "./Section";

export const ROLES = ["publisher", "viewer", "operator", "admin"] as const satisfies readonly Role[];
const PEOPLE = ROLES.filter((role) => role !== "publisher");

type Opened = { kind: "create" } | { kind: "role" | "password" | "disable" | "delete"; user: User } | null;

export function Users() {
  const { t } = useTranslation("settings");
  const users = useUsers();
  const { change, remove } = useUserChanges();
  const me = useMe().data;
  const notifyFailed = useNotifyFailed();
  const [opened, open] = useState<Opened>(null);
  const close = () => open(null);
  const user = opened && opened.kind !== "create" ? opened.user : null;
  const enable = (name: string) =>
    change.mutate(
      { name, enabled: true },
      {
        onSuccess: () => notifyDone(t("users.enabledDone", { name })),
        onError: notifyFailed,
      },
    );
  return (
    <Section
      title={t("section.users")}
      text={t("users.text")}
      actions={<Button onClick={() => open({ kind: "create" })}>{t("users.create")}</Button>}
    >
      <Loaded query={users}>
        {(all) =>
          all.length ? (
            <Table.ScrollContainer minWidth={480}>
              <Table verticalSpacing={6} data-testid="users">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("users.name")}</Table.Th>
                    <Table.Th>{t("users.role")}</Table.Th>
                    <Table.Th>{t("users.state")}</Table.Th>
                    <Table.Th>{t("users.changed")}</Table.Th>
                    <Table.Th />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {all.map((one) => (
                    <Table.Tr key={one.name} data-user={one.name}>
                      <Table.Td>{one.name}</Table.Td>
                      <Table.Td>{t(`roles.${one.role}`)}</Table.Td>
                      <Table.Td>
                        <Badge color={one.enabled ? "green" : "gray"} variant="light" tt="none">
                          {t(one.enabled ? "users.enabled" : "users.disabled")}
                        </Badge>
                      </Table.Td>
                      <Table.Td>
                        <TimeAgo atMs={one.changed_at_ms} />
                      </Table.Td>
                      <Table.Td ta="right">
                        {one.name === me?.name ? (
                          <Text size="xs" c="dimmed">
                            {t("users.you")}
                          </Text>
                        ) : (
                          <Menu position="bottom-end">
                            <Menu.Target>
                              <ActionIcon
                                variant="default"
                                size="lg"
                                aria-label={t("users.actions", { name: one.name })}
                              >
                                <IconDots size={16} />
                              </ActionIcon>
                            </Menu.Target>
                            <Menu.Dropdown>
                              <Menu.Item onClick={() => open({ kind: "role", user: one })}>
                                {t("users.changeRole")}
                              </Menu.Item>
                              <Menu.Item onClick={() => open({ kind: "password", user: one })}>
                                {t("users.changePassword")}
                              </Menu.Item>
                              <Menu.Item
                                onClick={() => (one.enabled ? open({ kind: "disable", user: one }) : enable(one.name))}
                              >
                                {t(one.enabled ? "users.disable" : "users.enable")}
                              </Menu.Item>
                              <Menu.Item color="red" onClick={() => open({ kind: "delete", user: one })}>
                                {t("action.delete")}
                              </Menu.Item>
                            </Menu.Dropdown>
                          </Menu>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            <EmptyState
              icon={<IconUsers size={40} stroke={1.2} />}
              title={t("users.none")}
              text={t("users.noneHint")}
            />
          )
        }
      </Loaded>
      <Roles />
      {opened?.kind === "create" && <CreateUser onClose={close} />}
      {opened?.kind === "role" && <ChangeRole user={opened.user} onClose={close} />}
      {opened?.kind === "password" && <ChangePassword user={opened.user} onClose={close} />}
      <ConfirmDialog
        opened={opened?.kind === "disable"}
        title={t("users.disableTitle", { name: user?.name ?? "" })}
        action={t("users.disable")}
        isDanger
        isBusy={change.isPending}
        onConfirm={() =>
          user &&
          change.mutate(
            { name: user.name, enabled: false },
            {
              onSuccess: () => notifyDone(t("users.disabledDone", { name: user.name })),
              onError: notifyFailed,
              onSettled: close,
            },
          )
        }
        onClose={close}
      >
        {t("users.disableText")}
      </ConfirmDialog>
      <ConfirmDialog
        opened={opened?.kind === "delete"}
        title={t("users.deleteTitle", { name: user?.name ?? "" })}
        action={t("action.delete")}
        isDanger
        isBusy={remove.isPending}
        onConfirm={() =>
          user &&
          remove.mutate(user.name, {
            onSuccess: () => notifyDone(t("users.deleted", { name: user.name })),
            onError: notifyFailed,
            onSettled: close,
          })
        }
        onClose={close}
      >
        {t("users.deleteText")}
      </ConfirmDialog>
    </Section>
  );
}

/** What each role may do. */
function Roles() {
  const { t } = useTranslation("settings");
  return (
    <Stack gap={2} mt="md">
      {PEOPLE.map((role) => (
        <Text key={role} size="sm" c="dimmed">
          <Text span fw={600}>
            {t(`roles.${role}`)}
          </Text>{" "}
          — {t(`roleHint.${role}`)}
        </Text>
      ))}
    </Stack>
  );
}

function CreateUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
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
        onError: (error) => form.setErrors(asProblem(error).fields),
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

export function RoleSelect({ roles, ...field }: { roles: readonly Role[] } & Omit<SelectProps, "data">) {
  const { t } = useTranslation("settings");
  return (
    <Select
      label={t("users.role")}
      data={roles.map((role) => ({ value: role, label: `${t(`roles.${role}`)} — ${t(`roleHint.${role}`)}` }))}
      allowDeselect={false}
      {...field}
    />
  );
}

function ChangeRole({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("settings");
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
        error={asProblem(change.error).fields.role}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {t("users.sessionsEnd")}
      </Text>
    </FormDialog>
  );
}

function ChangePassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("settings");
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
        onError: (error) => form.setErrors(asProblem(error).fields),
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
