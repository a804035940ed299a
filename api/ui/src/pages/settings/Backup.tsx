/** What people have set up, as one file. */

import { Button, Code, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../api/context";
import { Section } from "./Section";

export function Backup() {
  const { t } = useTranslation("settings");
  const client = useClient();
  return (
    <Section title={t("section.backup")} text={t("backup.text")}>
      <Stack gap="sm" align="flex-start">
        <Button component="a" href={client.href("/backup")} download leftSection={<IconDownload size={16} />}>
          {t("backup.download")}
        </Button>
        <Text size="sm">
          {t("backup.restore")} <Code>enhanced-alerts restore enhanced-alerts.json.gz</Code>
        </Text>
        <Text size="sm" c="dimmed">
          {t("backup.key")}
        </Text>
      </Stack>
    </Section>
  );
}
