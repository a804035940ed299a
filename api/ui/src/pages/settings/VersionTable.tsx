/** The versions of something that is put in force as a whole, and the way back to each. */

import { Button, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../format/useWho";
import { Instant } from "../../parts/TimeAgo";
import { Section } from "./Section";

interface Version {
  version: number;
  at_ms: number;
  by: string;
  by_principal: string;
  restored: number;
}

interface Props {
  versions: readonly Version[];
  testId: string;
  /** The version that is being restored; null: none. */
  pending: number | null;
  onRestore: (version: number, inForce: number) => void;
}

export function VersionTable({ versions, testId, pending, onRestore }: Props) {
  const { t } = useTranslation("settings");
  const who = useWho();
  const inForce = versions[0]?.version ?? 0;
  // Version 0 is what holds before anything was saved: nobody made it, at no time.
  if (inForce === 0) {
    return null;
  }
  return (
    <Section title={t("mapping.history")}>
      <Table verticalSpacing={6} data-testid={testId}>
        <Table.Tbody>
          {versions.map((one) => (
            <Table.Tr key={one.version}>
              <Table.Td>{t("mapping.version", { version: one.version })}</Table.Td>
              <Table.Td>
                {one.version > 0 && <Instant atMs={one.at_ms} />} <Text span>{who(one.by, one.by_principal)}</Text>
                {one.restored > 0 && (
                  <Text size="xs" c="dimmed">
                    {t("mapping.restores", { version: one.restored })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">
                {one.version === inForce ? (
                  t("mapping.inForce")
                ) : (
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<IconArrowBackUp size={14} />}
                    loading={pending === one.version}
                    aria-label={t("mapping.restoreLabel", { version: one.version })}
                    onClick={() => onRestore(one.version, inForce)}
                  >
                    {t("mapping.restore")}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
