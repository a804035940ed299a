/** A field for what is not shown while it is typed, that says itself when it is not accepted. */

import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation("fields");
  return (
    <PasswordInput
      {...props}
      // The library marks the box around the input alone.
      aria-invalid={props.error ? true : undefined}
      visibilityToggleButtonProps={{ "aria-label": t("secretShow"), tabIndex: 0 }}
    />
  );
}
