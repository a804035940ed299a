/** A short form in a dialog: its fields, why it was refused, and two buttons. */

import { Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import { FailedState } from "./FailedState";

interface Props {
  opened?: boolean;
  title: ReactNode;
  children: ReactNode;
  /** What the button does, e.g. "Create". */
  action: ReactNode;
  isBusy: boolean;
  /** Why it was refused; what belongs to a field is the field's to say. */
  error?: unknown;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
}

export function FormDialog({ opened = true, title, children, action, isBusy, error, onSubmit, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(event);
        }}
      >
        <Stack>
          {children}
          {Boolean(error) && !asProblem(error).errors.length && <FailedState error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            {/* Has the focus unless a field before it asks for that. */}
            <Button type="submit" loading={isBusy} data-autofocus>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
