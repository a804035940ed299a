/** The versions of the routes that are kept, and the way back to each. */

import { Button, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/context";
import { type RoutesVersion, useRouteChanges } from "../../api/routing";
import { useWho } from "../../format/useWho";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { Instant } from "../../parts/TimeAgo";
import { Section } from "../settings/Section";
import { countBelow } from "./draft";

export function Versions({ versions }: { versions: readonly RoutesVersion[] }) {
  const { t } = useTranslation("routes");
  const who = useWho();
  const mayChange = useMay("admin");
  const notifyFailed = useNotifyFailed();
  const { restore } = useRouteChanges();
  const inForce = versions[0]?.version ?? 0;
  const undo = (version: number) =>
    restore.mutate(
      { version, inForce },
      { onSuccess: (saved) => notifyDone(t("saved", { version: saved.version })), onError: notifyFailed },
    );
  return (
    <Section
      title={t("history")}
      text={t("historyHint")}
      actions={
        mayChange &&
        versions[0]?.tree && (
          <Button size="xs" variant="default" onClick={() => undo(0)}>
            {t("removeAll")}
          </Button>
        )
      }
    >
      <Table verticalSpacing={6} data-testid="routes-versions">
        <Table.Tbody>
          {versions.map((one) => (
            <Table.Tr key={one.version}>
              <Table.Td>{t("version", { version: one.version })}</Table.Td>
              <Table.Td>
                <Instant atMs={one.at_ms} /> <Text span>{who(one.by, one.by_principal)}</Text>
                <Text size="xs" c="dimmed">
                  {one.tree ? t("routeCount", { count: 1 + countBelow(one.tree.route) }) : t("noneThen")}
                  {one.restored > 0 && ` · ${t("restores", { version: one.restored })}`}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                {one.version === inForce
                  ? t("inForce")
                  : mayChange && (
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<IconArrowBackUp size={14} />}
                        loading={restore.isPending && restore.variables?.version === one.version}
                        aria-label={t("restoreLabel", { version: one.version })}
                        onClick={() => undo(one.version)}
                      >
                        {t("restore")}
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
