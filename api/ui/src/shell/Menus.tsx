/** The header's menus: language, light or dark, the one signed in. */

import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
  IconUserCircle,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useMe } from "../api/context";
import { LANGUAGES } from "../i18n";

function HeaderMenu({ label, icon, children }: { label: string; icon: ReactNode; children: ReactNode }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <HeaderMenu label={t("language.label")} icon={<IconLanguage size={20} />}>
      {LANGUAGES.map((language) => (
        <Menu.Item
          key={language}
          lang={language}
          rightSection={i18n.language === language ? <IconCheck size={14} /> : null}
          onClick={() => void i18n.changeLanguage(language)}
        >
          {t(`language.${language}`)}
        </Menu.Item>
      ))}
    </HeaderMenu>
  );
}

const SCHEMES = [
  ["light", IconSun],
  ["dark", IconMoon],
  ["auto", IconDeviceDesktop],
] as const;

export function SchemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = SCHEMES.find(([name]) => name === colorScheme)?.[1] ?? IconDeviceDesktop;
  return (
    <HeaderMenu label={t("scheme.label")} icon={<Current size={20} />}>
      {SCHEMES.map(([name, Icon]) => (
        <Menu.Item
          key={name}
          leftSection={<Icon size={16} />}
          rightSection={colorScheme === name ? <IconCheck size={14} /> : null}
          onClick={() => setColorScheme(name)}
        >
          {t(`scheme.${name}`)}
        </Menu.Item>
      ))}
    </HeaderMenu>
  );
}

export function UserMenu() {
  const { t } = useTranslation();
  const client = useClient();
  const me = useMe().data;
  const signOut = async () => {
    await client.post("/sign-out");
    window.location.reload();
  };
  return (
    <HeaderMenu label={t("user.label")} icon={<IconUserCircle size={20} />}>
      {me && (
        <Menu.Label>
          {me.name} · {t(`role.${me.role}`)}
        </Menu.Label>
      )}
      <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
        {t("user.signOut")}
      </Menu.Item>
    </HeaderMenu>
  );
}
