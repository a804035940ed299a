/** The imports that can be undone, and the way to a new one. */

import { Button, Modal, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ImportDone, type System, useImportChanges, useImports } from "../../../api/imports";
import { useWho } from "../../../format/useWho";
import { ConfirmDialog } from "../../../parts/ConfirmDialog";
import { Loaded } from "../../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../../parts/notify";
import { Instant } from "../../../parts/TimeAgo";
import { Section } from "../../settings/Section";
import { ImportForm } from "./ImportForm";

export function Imports() {
  const { t } = useTranslation("imports");
  const imports = useImports();
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      title={t("title")}
      text={t("text")}
      actions={
        <Button size="xs" variant="default" leftSection={<IconFileImport size={14} />} onClick={() => setOpen(true)}>
          {t("begin")}
        </Button>
      }
    >
      <Loaded query={imports}>{(all) => (all.length ? <Undoable imports={all} /> : null)}</Loaded>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={t("title")}
        size="xl"
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <ImportForm onClose={() => setOpen(false)} />
      </Modal>
    </Section>
  );
}

function Undoable({ imports }: { imports: readonly ImportDone[] }) {
  const { t } = useTranslation("imports");
  const who = useWho();
  const notifyFailed = useNotifyFailed();
  const { undo } = useImportChanges();
  const [asked, ask] = useState<System | null>(null);
  const shown = (name: string) => (name === "routes" ? t("withRoutes") : name);
  return (
    <>
      <Table verticalSpacing={6} data-testid="imports">
        <Table.Tbody>
          {imports.map((one) => (
            <Table.Tr key={one.system}>
              <Table.Td>{t(one.system as System)}</Table.Td>
              <Table.Td>
                <Instant atMs={one.at_ms} /> <Text span>{who(one.by, one.by_principal)}</Text>
                <Text size="xs" c="dimmed">
                  {one.source} ·{" "}
                  {t("changed", { names: [...one.channels, ...(one.has_routes ? [t("withRoutes")] : [])].join(", ") })}
                </Text>
                {one.changed_since.length > 0 && (
                  <Text size="xs" c="orange">
                    {t("changedSince", { names: one.changed_since.map(shown).join(", ") })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconArrowBackUp size={14} />}
                  disabled={one.changed_since.length > 0}
                  aria-label={t("undoLabel", { system: t(one.system as System) })}
                  onClick={() => ask(one.system as System)}
                >
                  {t("undo")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <ConfirmDialog
        opened={asked !== null}
        title={t("undoTitle", { system: t(asked ?? "alertmanager") })}
        action={t("undo")}
        isBusy={undo.isPending}
        onClose={() => ask(null)}
        onConfirm={() =>
          asked &&
          undo.mutate(asked, {
            onSuccess: () => notifyDone(t("undone")),
            onError: notifyFailed,
            onSettled: () => ask(null),
          })
        }
      >
        {t("undoText")}
      </ConfirmDialog>
    </>
  );
}
