/** The dialog behind `HelpDialog`, loaded when it is opened first. */

import { Group, Kbd, Modal, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useShortcutList } from "./shortcuts";

export interface HelpProps {
  opened: boolean;
  onClose: () => void;
}

export function OpenedHelpDialog({ opened, onClose }: HelpProps) {
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
