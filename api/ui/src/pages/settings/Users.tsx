/** Who may sign in, and as what. */

import { ActionIcon, Badge, Button, Menu, Table, Text } from "@mantine/core";
import { IconDots, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type User, useUserChanges, useUsers } from "../../api/access";
import { useMe } from "../../api/context";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { TimeAgo } from "../../parts/TimeAgo";
import { Roles } from "./RoleSelect";
import { Section } from "./Section";
import { ChangePassword, ChangeRole, CreateUser } from "./UserDialogs";

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
                        {one.name === me?.name && me.kind !== "link" ? (
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
