/** The fields of a body mapping; what a field takes from a sample is filled by a click there, or typed. */

import { Fieldset, NumberInput, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { BodyMapping } from "../../../api/webhooks";
import { typedNumber } from "../../../parts/typedNumber";
import type { Target } from "./bodyPath";
import { NamedPaths } from "./NamedPaths";
import { SeverityWords } from "./SeverityWords";

interface Props {
  mapping: BodyMapping;
  /** Field path → what is wrong. */
  errors: Record<string, string>;
  onChange: (mapping: BodyMapping) => void;
  /** The field that a click in the sample is to fill. */
  onTarget: (target: Target) => void;
}

const TEXTS = ["name", "plugin", "severity"] as const;
const PATHS = ["url", "starts_at", "ends_at", "all_labels", "all_annotations"] as const;
const WORDS = ["resolved", "firing", "ignored"] as const;

export function MappingFields({ mapping, errors, onChange, onTarget }: Props) {
  const { t } = useTranslation("webhooks");
  const hint = (field: string) =>
    field === "alerts" || field === "plugin" || field === "identity" ? t(`hint.${field}`) : null;
  return (
    <Stack>
      <TextInput
        label={t("path", { field: t("field.alerts") })}
        description={hint("alerts")}
        value={mapping.alerts}
        error={errors.alerts}
        onFocus={() => onTarget("alerts")}
        onChange={(event) => onChange({ ...mapping, alerts: event.currentTarget.value })}
      />
      {TEXTS.map((field) => (
        <SimpleGrid key={field} cols={2}>
          <TextInput
            label={t("path", { field: t(`field.${field}`) })}
            description={hint(field)}
            value={mapping[field].path}
            error={errors[`${field}.path`] ?? errors[field]}
            onFocus={() => onTarget(field)}
            onChange={(event) =>
              onChange({ ...mapping, [field]: { ...mapping[field], path: event.currentTarget.value } })
            }
          />
          <TextInput
            label={t("default", { field: t(`field.${field}`) })}
            description={hint(field) && " "}
            value={mapping[field].default}
            error={errors[`${field}.default`]}
            onChange={(event) =>
              onChange({ ...mapping, [field]: { ...mapping[field], default: event.currentTarget.value } })
            }
          />
        </SimpleGrid>
      ))}
      <SeverityWords
        values={mapping.severity.values}
        onChange={(values) => onChange({ ...mapping, severity: { ...mapping.severity, values } })}
      />
      <TextInput
        label={t("path", { field: t("field.state") })}
        value={mapping.state.path}
        error={errors["state.path"] ?? errors.state}
        onFocus={() => onTarget("state")}
        onChange={(event) => onChange({ ...mapping, state: { ...mapping.state, path: event.currentTarget.value } })}
      />
      {WORDS.map((list) => (
        <TagsInput
          key={list}
          label={t(list)}
          description={list === "firing" ? t("firingHint") : null}
          value={mapping.state[list]}
          error={errors[`state.${list}`]}
          onChange={(words) => onChange({ ...mapping, state: { ...mapping.state, [list]: words } })}
        />
      ))}
      <TagsInput
        label={t("path", { field: t("field.identity") })}
        description={hint("identity")}
        maxTags={4}
        value={mapping.identity}
        error={errors.identity ?? errors["identity.0"]}
        onFocus={() => onTarget("identity")}
        onChange={(identity) => onChange({ ...mapping, identity })}
      />
      {(["labels", "annotations"] as const).map((field) => (
        <Fieldset key={field} legend={t(field)} hidden={Object.keys(mapping[field]).length === 0}>
          <NamedPaths
            field={field}
            paths={mapping[field]}
            errors={errors}
            onChange={(paths) => onChange({ ...mapping, [field]: paths })}
          />
        </Fieldset>
      ))}
      <SimpleGrid cols={2}>
        {PATHS.map((field) => (
          <TextInput
            key={field}
            label={t("path", { field: t(`field.${field}`) })}
            value={mapping[field]}
            error={errors[field]}
            onFocus={() => onTarget(field)}
            onChange={(event) => onChange({ ...mapping, [field]: event.currentTarget.value })}
          />
        ))}
      </SimpleGrid>
      <NumberInput
        label={t("expire")}
        description={t("expireHint")}
        min={0}
        max={525_600}
        clampBehavior="none"
        allowDecimal={false}
        value={mapping.expire_minutes}
        error={errors.expire_minutes}
        onChange={(minutes) => onChange({ ...mapping, expire_minutes: typedNumber(minutes) ?? 0 })}
      />
    </Stack>
  );
}
