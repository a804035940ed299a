/** Labels or annotations: each with the path to its value. */

import { ActionIcon, Group, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface Props {
  /** `labels` or `annotations`. */
  field: string;
  paths: Record<string, string>;
  errors: Record<string, string>;
  onChange: (paths: Record<string, string>) => void;
}

export function NamedPaths({ field, paths, errors, onChange }: Props) {
  const { t } = useTranslation("webhooks");
  return (
    <>
      {Object.entries(paths).map(([name, path]) => (
        <Group key={name} align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            label={t("pathOf", { name })}
            value={path}
            error={errors[`${field}.${name}`]}
            onChange={(event) => onChange({ ...paths, [name]: event.currentTarget.value })}
          />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t("remove", { name })}
            onClick={() => {
              const { [name]: _, ...others } = paths;
              onChange(others);
            }}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
    </>
  );
}
