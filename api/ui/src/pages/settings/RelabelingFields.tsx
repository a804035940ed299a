/** The four lists of one relabeling, for all sources or for one, and when its alerts expire. */

import { Button, Fieldset, Group, NumberInput, SimpleGrid, TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Relabeling } from "../../api/mapping";
import { typedNumber } from "../../parts/typedNumber";

const LISTS = ["id_labels", "drop_labels", "keep_metrics", "drop_metrics"] as const;

interface Props {
  legend: string;
  /** Where it stands in the mapping, e.g. `sources.prometheus`. */
  path: string;
  value: Relabeling;
  /** Field path → what is wrong. */
  errors: Record<string, string>;
  onChange: (value: Relabeling) => void;
  onRemove?: () => void;
}

export function RelabelingFields({ legend, path, value, errors, onChange, onRemove }: Props) {
  const { t } = useTranslation("settings");
  return (
    <Fieldset legend={legend}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {LISTS.map((list) => (
          <TagsInput
            key={list}
            label={t(`mapping.${list}`)}
            description={t(`mapping.${list}_hint`)}
            value={[...value[list]]}
            error={errors[`${path}.${list}`] ?? (list === "id_labels" ? errors[path] : undefined)}
            onChange={(texts) => onChange({ ...value, [list]: texts })}
          />
        ))}
        <NumberInput
          label={t("mapping.expire_minutes")}
          description={t("mapping.expire_minutes_hint")}
          min={0}
          max={525_600}
          clampBehavior="none"
          allowDecimal={false}
          value={value.expire_minutes}
          error={errors[`${path}.expire_minutes`]}
          onChange={(minutes) => onChange({ ...value, expire_minutes: typedNumber(minutes) ?? 0 })}
        />
      </SimpleGrid>
      {onRemove && (
        <Group justify="flex-end" mt="sm">
          <Button size="xs" variant="default" onClick={onRemove}>
            {t("mapping.removeSource")}
          </Button>
        </Group>
      )}
    </Fieldset>
  );
}
