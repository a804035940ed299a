/** All rules: found, switched on and off, exported, imported. */

import { Alert, Button, Code, Menu, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDownload, IconFileImport, IconListCheck, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useClient, useMay } from "../../api/context";
import { type Rule, useRules } from "../../api/rules";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { useShortcuts } from "../../shell/shortcuts";
import { ImportDialog } from "./ImportDialog";
import { Found } from "./RuleTable";

export function RuleList() {
  const { t } = useTranslation("rules");
  const rules = useRules();
  const isAdmin = useMay("admin");
  const [isImporting, importing] = useDisclosure(false);
  const [, navigate] = useLocation();
  const total = rules.data?.rules.length ?? 0;
  const enabled = rules.data?.rules.filter((rule) => rule.enabled).length ?? 0;
  useShortcuts(isAdmin ? [{ keys: "n", label: t("new"), run: () => navigate("/rules/new") }] : []);

  return (
    <>
      <PageHeader
        title={t("title")}
        text={rules.data && t("count", { count: total, enabled })}
        actions={
          <>
            <ExportMenu />
            {isAdmin && (
              <>
                <Button variant="default" leftSection={<IconFileImport size={16} />} onClick={importing.open}>
                  {t("import")}
                </Button>
                <Button component={Link} href="/rules/new" leftSection={<IconPlus size={16} />}>
                  {t("new")}
                </Button>
              </>
            )}
          </>
        }
      />
      <Loaded query={rules}>
        {(data) => (
          <Stack>
            {Object.entries(data.unreadable).map(([id, why]) => (
              <Alert key={id} color="red" variant="light" title={t("unreadable", { id })}>
                {String(why)}
              </Alert>
            ))}
            {total ? (
              <Found rules={data.rules as Rule[]} words={data.conditions} />
            ) : (
              <EmptyState
                icon={<IconListCheck size={48} stroke={1.2} />}
                title={t("empty")}
                text={isAdmin ? t("emptyHint") : t("emptyHintViewer")}
              >
                {isAdmin && (
                  <>
                    <Button component={Link} href="/rules/new" leftSection={<IconPlus size={16} />}>
                      {t("new")}
                    </Button>
                    <Code block>enhanced-alerts rules apply rules.toml</Code>
                  </>
                )}
              </EmptyState>
            )}
          </Stack>
        )}
      </Loaded>
      <ImportDialog opened={isImporting} onClose={importing.close} />
    </>
  );
}

function ExportMenu() {
  const { t } = useTranslation("rules");
  const client = useClient();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          {t("export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["toml", "json"] as const).map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={client.href(`/rules-file?format=${format}`)}
            download={`rules.${format}`}
          >
            {format.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
