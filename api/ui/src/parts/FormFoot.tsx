/** The foot of a form that is a page: how many fields were refused, cancel, and save. */

import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { asProblem } from "../api/problem";

interface Props {
  /** What saves, e.g. "Save". */
  action: ReactNode;
  /** Where "Cancel" leads. */
  back: string;
  /** What "Cancel" forgets before it leads there. */
  onCancel?: () => void;
  isBusy: boolean;
  /** Why saving was refused. */
  error?: unknown;
  className?: string | undefined;
}

export function FormFoot({ action, back, onCancel, isBusy, error, className }: Props) {
  const { t } = useTranslation();
  const count = error ? asProblem(error).errors.length : 0;
  return (
    <Group justify="flex-end" className={className ?? ""}>
      {count > 0 && (
        <Text size="sm" c="red" role="alert">
          {t("refused", { count })}
        </Text>
      )}
      <Button variant="default" component={Link} href={back} onClick={() => onCancel?.()}>
        {t("action.cancel")}
      </Button>
      <Button type="submit" loading={isBusy}>
        {action}
      </Button>
    </Group>
  );
}
