/** The buttons that lengthen and shorten a list. */

import { ActionIcon, Button, Group } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function AddButton({ label, onClick, disabled }: { label: string; onClick: () => void; disabled?: boolean }) {
  return (
    <Group>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlus size={14} />}
        onClick={onClick}
        disabled={disabled ?? false}
      >
        {label}
      </Button>
    </Group>
  );
}

export function RemoveButton(props: { name: string; onClick: () => void; disabled?: boolean }) {
  const { t } = useTranslation("fields");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={36}
      aria-label={t("removeLabel", { name: props.name })}
      onClick={props.onClick}
      disabled={props.disabled ?? false}
    >
      <IconTrash size={18} />
    </ActionIcon>
  );
}
