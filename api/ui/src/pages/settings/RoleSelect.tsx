/** A choice of roles, with what each may do. */

import { Select, type SelectProps, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Role } from "../../api/access";

export const ROLES = ["publisher", "viewer", "operator", "admin"] as const satisfies readonly Role[];
/** The roles of people; programs may also be publishers. */
export const PEOPLE = ROLES.filter((role) => role !== "publisher");

/** What each role may do. */
export function Roles() {
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
