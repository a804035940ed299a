/** Oneself, what is scraped, and for admins: users, API keys, backup, and who changed what. */

import { Alert, Tabs } from "@mantine/core";
import {
  IconDatabaseExport,
  IconHistory,
  IconKey,
  IconLock,
  IconTags,
  IconTargetArrow,
  IconUser,
  IconUsers,
  IconWebhook,
} from "@tabler/icons-react";
import { type ComponentType, lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useMay, useMe } from "../../api/context";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { ApiKeys } from "./ApiKeys";
import { Audit } from "./Audit";
import { Backup } from "./Backup";
import { LabelMapping } from "./LabelMapping";
import { Me } from "./Me";
import { Targets } from "./Targets";
import { Users } from "./Users";

const Webhooks = lazy(() => import("./webhooks/Webhooks").then((m) => ({ default: m.Webhooks })));

const SECTIONS = [
  { name: "me", icon: IconUser, component: Me, isAdmins: false },
  { name: "users", icon: IconUsers, component: Users, isAdmins: true },
  { name: "keys", icon: IconKey, component: ApiKeys, isAdmins: true },
  { name: "targets", icon: IconTargetArrow, component: Targets, isAdmins: false },
  { name: "mapping", icon: IconTags, component: LabelMapping, isAdmins: true },
  { name: "webhooks", icon: IconWebhook, component: Webhooks, isAdmins: true },
  { name: "audit", icon: IconHistory, component: Audit, isAdmins: true },
  { name: "backup", icon: IconDatabaseExport, component: Backup, isAdmins: true },
] as const satisfies readonly {
  name: string;
  icon: ComponentType<{ size?: number }>;
  component: ComponentType;
  isAdmins: boolean;
}[];

export function SettingsPage() {
  const { t } = useTranslation("settings");
  const me = useMe();
  const isAdmin = useMay("admin");
  const [search, setSearch] = useSearchParams();
  const sections = SECTIONS.filter((one) => isAdmin || !one.isAdmins);
  const asked = search.get("section");
  const section = sections.find((one) => one.name === asked)?.name ?? "me";
  return (
    <>
      <PageHeader title={t("title")} />
      <Loaded query={me}>
        {({ role }) => (
          <>
            <Tabs
              value={section}
              onChange={(name) => setSearch(name && name !== "me" ? { section: name } : {})}
              keepMounted={false}
            >
              <Tabs.List mb="md">
                {sections.map(({ name, icon: Icon }) => (
                  <Tabs.Tab key={name} value={name} leftSection={<Icon size={16} />}>
                    {t(`section.${name}`)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {sections.map(({ name, component: Section }) => (
                <Tabs.Panel key={name} value={name}>
                  <Suspense fallback={null}>
                    <Section />
                  </Suspense>
                </Tabs.Panel>
              ))}
            </Tabs>
            {!isAdmin && (
              <Alert mt="lg" color="gray" icon={<IconLock />} title={t("adminsOnly.title")} data-testid="admins-only">
                {t("adminsOnly.text", { role: t(`role.${role}`) })}
              </Alert>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}
