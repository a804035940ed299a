/** Inputs that need more than one control: secrets, pairs, JSON. */

import { Button, Group, Input, JsonInput, Stack, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PasswordField } from "../PasswordField";
import { AddButton, RemoveButton } from "./ListButtons";
import { MASK } from "./schema";

export interface Shown {
  label: string;
  description: string | undefined;
  error: string | undefined;
  required: boolean;
  disabled: boolean;
  name: string;
}

export interface InputProps {
  shown: Shown;
  value: unknown;
  set: (value: unknown) => void;
}

/** A secret that is set shows as set, not as its text; left alone, its mask is sent back. */
export function SecretInput({ shown, value, set }: InputProps) {
  const { t } = useTranslation("fields");
  const isKept = value === MASK;
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <PasswordField
        {...shown}
        flex={1}
        required={shown.required && !isKept}
        withAsterisk={shown.required}
        autoComplete="new-password"
        value={isKept ? "" : String(value ?? "")}
        placeholder={isKept ? t("secretKept") : undefined}
        onChange={(event) => set(event.target.value)}
      />
      {isKept && !shown.required && (
        <Button variant="default" onClick={() => set(null)} aria-label={t("secretRemoveLabel", { name: shown.label })}>
          {t("secretRemove")}
        </Button>
      )}
    </Group>
  );
}

/** Several secrets, one a line; they are replaced all together. */
export function SecretLines({ shown, value, set }: InputProps) {
  const { t } = useTranslation("fields");
  const isKept = value === MASK;
  return (
    <Textarea
      {...shown}
      required={shown.required && !isKept}
      withAsterisk={shown.required}
      autosize
      minRows={2}
      autoComplete="off"
      spellCheck={false}
      value={isKept ? "" : Array.isArray(value) ? value.join("\n") : ""}
      placeholder={isKept ? t("secretKept") : t("aLineEach")}
      onChange={(event) => set(event.target.value ? event.target.value.split("\n") : [])}
      onBlur={() => Array.isArray(value) && set(value.map((one) => String(one).trim()).filter(Boolean))}
    />
  );
}

export function Pairs({ shown, value, set }: InputProps) {
  const { t } = useTranslation("fields");
  const pairs = Object.entries((value as Record<string, string> | null) ?? {});
  const put = (next: readonly (readonly [string, string])[]) => set(Object.fromEntries(next));
  return (
    <Input.Wrapper label={shown.label} description={shown.description} error={shown.error} labelElement="div">
      <Stack gap="xs" mt={4}>
        {pairs.map(([name, text], at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being written.
          <Group key={at} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              aria-label={t("pairName", { name: shown.label })}
              value={name}
              disabled={shown.disabled}
              onChange={(e) => put(pairs.map((pair, i) => (i === at ? [e.target.value, pair[1]] : pair)))}
            />
            <TextInput
              flex={2}
              aria-label={t("pairValue", { name: shown.label })}
              value={text}
              disabled={shown.disabled}
              onChange={(e) => put(pairs.map((pair, i) => (i === at ? [pair[0], e.target.value] : pair)))}
            />
            <RemoveButton name={name} onClick={() => put(pairs.filter((_, i) => i !== at))} disabled={shown.disabled} />
          </Group>
        ))}
        <AddButton
          label={t("addTo", { name: shown.label })}
          onClick={() => put([...pairs, ["", ""]])}
          disabled={shown.disabled}
        />
      </Stack>
    </Input.Wrapper>
  );
}

export function Json({ shown, value, set }: InputProps) {
  const { t } = useTranslation("fields");
  return (
    <JsonInput
      {...shown}
      autosize
      minRows={3}
      validationError={t("notJson")}
      defaultValue={value === undefined || value === null ? "" : JSON.stringify(value, null, 2)}
      onChange={(text) => {
        try {
          set(text.trim() ? JSON.parse(text) : null);
        } catch {
          // Half written: the field says so itself.
        }
      }}
    />
  );
}
