/** Somebody else was faster: look at theirs, or put one's own over it knowingly. */

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  opened: boolean;
  /** What they have changed, as far as it is known. */
  changed: readonly string[];
  isBusy?: boolean;
  onReload: () => void;
  onOverwrite: () => void;
  onClose: () => void;
}

export function ConflictDialog({ opened, changed, isBusy, onReload, onOverwrite, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("conflict.title")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack>
        <Text>{t("conflict.text")}</Text>
        {changed.length > 0 && <Text fw={600}>{t("conflict.changed", { fields: changed.join(", ") })}</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("conflict.back")}
          </Button>
          <Button color="red" variant="outline" loading={isBusy ?? false} onClick={onOverwrite}>
            {t("conflict.overwrite")}
          </Button>
          <Button onClick={onReload} data-autofocus>
            {t("conflict.reload")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
