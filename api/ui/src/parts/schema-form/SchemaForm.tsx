/**
 * A form drawn from a JSON schema, as pydantic writes it: a new kind of channel or condition needs no code here.
 *
 * Words come from `locales/…/fields.json` where it has them, else from the schema. Errors are the server's, by path.
 */

import {
  Alert,
  Autocomplete,
  Box,
  Fieldset,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { typedNumber } from "../typedNumber";
import { type InputProps, Json, Pairs, SecretInput, SecretLines, type Shown } from "./inputs";
import { AddButton, RemoveButton } from "./ListButtons";
import { type Field, fieldsOf, type JsonSchema, type Values } from "./schema";
import { useFieldWords } from "./words";

const MOST_SUGGESTED = 100;

export interface OpenItem {
  value: Values;
  onChange: (value: Values) => void;
  /** Path of its errors. */
  path: string;
  label: string;
}

interface Props {
  schema: JsonSchema;
  /** Where `$ref` points into; default: the schema itself. */
  root?: JsonSchema;
  value: Values;
  onChange: (value: Values) => void;
  /** The server's words, by dotted path. */
  errors?: Record<string, string>;
  /** Before each path, e.g. `condition.`. */
  path?: string;
  /** First of the words looked up, e.g. the kind: `webhook.url` before `url`. */
  scope?: string;
  /** Only these fields, if it says so. */
  only?: (name: string) => boolean;
  /** These before the others. */
  first?: readonly string[];
  /** Values to choose from, by field name, e.g. known metrics; others may be written. */
  suggestions?: Record<string, readonly string[]>;
  /** Draws an object whose fields the schema leaves open; default: as JSON. */
  drawOpen?: (item: OpenItem) => ReactNode;
  disabled?: boolean;
}

export function SchemaForm(props: Props) {
  const { schema, root = schema, only = () => true, first = [] } = props;
  const drawn = fieldsOf(schema, root).filter((field) => field.kind !== "fixed" && only(field.name));
  const fields = [
    ...first.flatMap((name) => drawn.filter((field) => field.name === name)),
    ...drawn.filter((field) => !first.includes(field.name)),
  ];
  return (
    <Stack gap="sm">
      {fields.map((field) => (
        <FieldInput key={field.name} {...props} root={root} field={field} />
      ))}
    </Stack>
  );
}

function FieldInput(props: Props & { root: JsonSchema; field: Field }) {
  const { field, value: values, onChange, errors = {}, path = "", scope = "", suggestions = {}, disabled } = props;
  const { t } = useTranslation("fields");
  const words = useFieldWords();
  const at = path + field.name;
  const value = values[field.name];
  const set = (next: unknown) => onChange({ ...values, [field.name]: next });
  const { schema } = field;
  const shown = {
    label: words.label(scope, field),
    description: words.help(scope, field) || undefined,
    error: errors[at],
    required: field.isRequired,
    disabled: disabled ?? false,
    name: at,
  };
  const known = suggestions[field.name];

  switch (field.kind) {
    case "flag":
      return (
        <Switch
          label={shown.label}
          description={shown.description}
          error={shown.error}
          disabled={shown.disabled}
          name={at}
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      );
    case "number": {
      const min = schema.minimum ?? schema.exclusiveMinimum;
      const max = schema.maximum ?? schema.exclusiveMaximum;
      return (
        <NumberInput
          {...shown}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => set(typedNumber(next))}
          allowDecimal={schema.type !== "integer"}
          clampBehavior="none"
          {...(min === undefined ? {} : { min })}
          {...(max === undefined ? {} : { max })}
          placeholder={field.isNullable ? t("unset") : undefined}
          hideControls={schema.type !== "integer"}
        />
      );
    }
    case "choice":
      return (
        <Select
          {...shown}
          value={value === null || value === undefined ? null : String(value)}
          onChange={(next) => set(next === null ? null : (schema.enum?.find((one) => String(one) === next) ?? next))}
          data={(schema.enum ?? []).map((one) => ({
            value: String(one),
            label: words.choice(scope, field.name, String(one)),
          }))}
          allowDeselect={field.isNullable}
          clearable={field.isNullable}
          comboboxProps={{ withinPortal: true }}
        />
      );
    case "secret":
      return <SecretInput shown={shown} value={value} set={set} />;
    case "secrets":
      return <SecretLines shown={shown} value={value} set={set} />;
    case "texts":
      return (
        <TagsInput
          {...shown}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(next) => set(next.length || !field.isNullable ? next : null)}
          error={shown.error ?? listError(errors, at)}
          {...(known ? { data: [...known] } : {})}
          placeholder={t("addPlaceholder")}
          splitChars={[",", "\n"]}
          acceptValueOnBlur
        />
      );
    case "pairs":
      return <Pairs shown={shown} value={value} set={set} />;
    case "long-text":
      return (
        <Textarea
          {...shown}
          autosize
          minRows={2}
          maxRows={12}
          value={String(value ?? "")}
          onChange={(e) => set(e.target.value)}
        />
      );
    case "object":
      return (
        <Fieldset legend={shown.label}>
          {shown.description && (
            <Text size="sm" c="dimmed" mb="xs">
              {shown.description}
            </Text>
          )}
          <SchemaForm
            {...props}
            schema={schema}
            value={(value as Values | null) ?? {}}
            onChange={set}
            path={`${at}.`}
            only={() => true}
          />
        </Fieldset>
      );
    case "objects":
    case "opens":
      return <ObjectList {...props} shown={shown} value={value} set={set} />;
    case "open":
      return props.drawOpen ? (
        props.drawOpen({ value: (value as Values | null) ?? {}, onChange: set, path: at, label: shown.label })
      ) : (
        <Json shown={shown} value={value} set={set} />
      );
    case "json":
      return <Json shown={shown} value={value} set={set} />;
    default:
      return known ? (
        // What is written stays, whether it is known or not: a rule may be written before its plugin publishes.
        <Autocomplete
          {...shown}
          clearable={!field.isRequired}
          value={String(value ?? "")}
          data={[...known]}
          limit={MOST_SUGGESTED}
          onChange={(next) => set(next || (field.isNullable ? null : ""))}
          // Enter chooses a suggestion; the form is sent by its button.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
        />
      ) : (
        <TextInput
          {...shown}
          value={String(value ?? "")}
          placeholder={field.isNullable ? t("unset") : undefined}
          onChange={(event) => set(event.target.value || (field.isNullable ? null : ""))}
        />
      );
  }
}

function ObjectList(
  props: Omit<Props, "value"> & {
    root: JsonSchema;
    field: Field;
    shown: Shown;
    value: unknown;
    set: InputProps["set"];
  },
) {
  const { field, shown, value, set, drawOpen, root, errors, scope } = props;
  const { t } = useTranslation("fields");
  const items = Array.isArray(value) ? (value as Values[]) : [];
  const put = (at: number, next: Values) => set(items.map((one, i) => (i === at ? next : one)));
  return (
    <Fieldset legend={shown.label}>
      <Stack gap="sm">
        {shown.description && (
          <Text size="sm" c="dimmed">
            {shown.description}
          </Text>
        )}
        {shown.error && (
          <Alert color="red" variant="light" p="xs">
            {shown.error}
          </Alert>
        )}
        {items.map((item, at) => {
          const label = t("item", { name: shown.label, number: at + 1 });
          const path = `${shown.name}.${at}`;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no name of their own.
            <Group key={at} align="flex-start" gap="xs" wrap="nowrap">
              <Box flex={1} miw={0}>
                {field.kind === "objects" && field.inner ? (
                  <SchemaForm
                    schema={field.inner}
                    root={root}
                    value={item}
                    onChange={(next) => put(at, next)}
                    path={`${path}.`}
                    {...(errors ? { errors } : {})}
                    {...(scope ? { scope } : {})}
                    {...(drawOpen ? { drawOpen } : {})}
                  />
                ) : drawOpen ? (
                  drawOpen({ value: item, onChange: (next) => put(at, next), path, label })
                ) : (
                  <Json
                    shown={{ ...shown, label, name: path, description: undefined, error: errors?.[path] }}
                    value={item}
                    set={(next) => put(at, next as Values)}
                  />
                )}
              </Box>
              <RemoveButton
                name={label}
                onClick={() => set(items.filter((_, i) => i !== at))}
                disabled={shown.disabled}
              />
            </Group>
          );
        })}
        <AddButton
          label={t("addTo", { name: shown.label })}
          onClick={() => set([...items, {}])}
          disabled={shown.disabled}
        />
      </Stack>
    </Fieldset>
  );
}

/** The error of a list's first bad part: `to_emails.1`. */
function listError(errors: Record<string, string>, path: string): string | undefined {
  return Object.entries(errors).find(([at]) => at.startsWith(`${path}.`))?.[1];
}
