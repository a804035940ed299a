/** A condition: its kind, and the fields of that kind as its schema says. Conditions within one are drawn likewise. */

import { Paper, Select, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useKnown } from "../../api/known";
import { SchemaForm } from "../../parts/schema-form/SchemaForm";
import type { Values } from "../../parts/schema-form/schema";
import { useFieldWords } from "../../parts/schema-form/words";
import { conditionOfKind, type Kinds, withOneSubject } from "./draft";

interface Props {
  kinds: Kinds;
  value: Values;
  onChange: (value: Values) => void;
  errors: Record<string, string>;
  path?: string;
  disabled?: boolean;
  /** Its kinds, if not all. */
  within?: boolean;
  label?: string;
}

export function ConditionEditor({
  kinds,
  value,
  onChange,
  errors,
  path = "condition",
  disabled,
  within,
  label,
}: Props) {
  const { t } = useTranslation(["fields"]);
  const words = useFieldWords();
  const known = useKnown();
  const kind = String(value.kind ?? "");
  const schema = kinds[kind];
  const isJoining = (name: string) =>
    Object.values(kinds[name]?.properties ?? {}).some((one) => one.items?.additionalProperties === true);
  return (
    <Stack gap="sm">
      <Select
        label={label ?? t("kind")}
        required
        disabled={disabled ?? false}
        allowDeselect={false}
        data={Object.keys(kinds)
          // Those that join others do so at the top alone.
          .filter((name) => !within || !isJoining(name))
          .map((name) => ({ value: name, label: words.kind("condition", name) }))}
        value={kind || null}
        onChange={(next) => next && onChange(conditionOfKind(value, next, kinds))}
        error={errors[`${path}.kind`] ?? errors[path]}
        name={`${path}.kind`}
      />
      {schema && (
        <>
          <Text size="sm" c="dimmed">
            {words.kindHelp("condition", kind, schema.description)}
          </Text>
          <SchemaForm
            schema={schema}
            scope={kind}
            first={["metric", "formula", "state"]}
            value={value}
            onChange={(next) => onChange(withOneSubject(value, next))}
            errors={errors}
            path={`${path}.`}
            disabled={disabled ?? false}
            suggestions={{ metric: known.metrics, state: known.states }}
            drawOpen={(item) => (
              <Paper withBorder p="sm">
                <ConditionEditor
                  kinds={kinds}
                  value={item.value}
                  onChange={item.onChange}
                  errors={errors}
                  path={item.path}
                  disabled={disabled ?? false}
                  within
                  label={item.label}
                />
              </Paper>
            )}
          />
        </>
      )}
    </Stack>
  );
}
