/** Who sent an external alert, where it can be looked at there, and what it says beside its labels. */

import { Anchor, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Alert } from "../../api/types";

/** Annotations that the page shows elsewhere. */
const SHOWN = ["summary", "title", "description", "message", "runbook_url"];
/** An address of any other kind could run a script. */
const WEB = /^https?:\/\//;

export function ExternalCard({ alert, external }: { alert: Alert; external: NonNullable<Alert["external"]> }) {
  const { t } = useTranslation("alert");
  const others = Object.entries(external.annotations ?? {}).filter(([name]) => !SHOWN.includes(name));
  return (
    <Stack gap={4} data-testid="external">
      <Text fw={600}>{alert.rule_name}</Text>
      {alert.condition && <Text>{alert.condition}</Text>}
      <Text c="dimmed">{t("external.by", { sender: external.sender })}</Text>
      {others.map(([name, value]) => (
        <Text key={name} size="sm">
          {name}: {value}
        </Text>
      ))}
      {WEB.test(external.generator_url) && (
        <Anchor href={external.generator_url} target="_blank" rel="noreferrer">
          {t("external.open")}
        </Anchor>
      )}
    </Stack>
  );
}
