/** What is asked before an alert is acknowledged, resolved or assigned. */

import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Act } from "../../api/alerts";
import { FormDialog } from "../../parts/FormDialog";

interface ActDialogProps {
  act: Act | null;
  isBusy: boolean;
  onSubmit: (comment: string) => void;
  onClose: () => void;
}

/** Acknowledge or resolve with a word about it, which may be left out. */
export function ActDialog({ act, isBusy, onSubmit, onClose }: ActDialogProps) {
  const { t } = useTranslation("alert");
  const [comment, setComment] = useState("");
  return (
    <FormDialog
      opened={act !== null}
      title={act && t(`action.${act}`)}
      action={act && t(`action.${act}`)}
      isBusy={isBusy}
      onSubmit={() => {
        onSubmit(comment.trim());
        setComment("");
      }}
      onClose={onClose}
    >
      <Text size="sm">{act && t(`explain.${act}`)}</Text>
      <Textarea
        label={t("comment.optional")}
        maxLength={2_000}
        autosize
        minRows={2}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

interface AssignDialogProps {
  opened: boolean;
  current: string;
  me: string;
  isBusy: boolean;
  onSubmit: (name: string) => void;
  onClose: () => void;
}

export function AssignDialog({ opened, current, me, isBusy, onSubmit, onClose }: AssignDialogProps) {
  const { t } = useTranslation("alert");
  const [name, setName] = useState(current);
  return (
    <Modal opened={opened} onClose={onClose} title={t("assign")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(name.trim());
        }}
      >
        <Stack>
          <TextInput
            label={t("assignName")}
            description={t("assignHint")}
            maxLength={128}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="space-between">
            <Button variant="light" onClick={() => onSubmit(me)} disabled={isBusy || me === current}>
              {t("assignMe")}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t("action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
