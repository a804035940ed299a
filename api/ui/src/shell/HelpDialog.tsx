/** The keys that work here. */

import { Group, Kbd, Modal, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useShortcutList } from "./shortcuts";

export function HelpDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const shortcuts = useShortcutList();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("help.title")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {shortcuts.map((shortcut) => (
            <Table.Tr key={shortcut.keys}>
              <Table.Td w={96}>
                <Group gap={4} wrap="nowrap">
                  {shortcut.keys.split(" ").map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{shortcut.label}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
