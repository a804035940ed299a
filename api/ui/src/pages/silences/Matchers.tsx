/** Which alerts a silence is about: what each of its matchers compares. */

import { Autocomplete, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Known, useKnown } from "../../api/known";
import { useRules } from "../../api/rules";
import { SEVERITIES } from "../../api/types";
import { AddButton, RemoveButton } from "../../parts/schema-form/ListButtons";
import { type Matcher, PROPERTIES, type Property } from "./draft";
import classes from "./Silences.module.css";
import type { SectionProps } from "./section";

export function Matchers({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation("silences");
  const known = useKnown();
  const rules = useRules();
  const values = (matcher: Matcher) =>
    suggestions(
      matcher,
      known,
      (rules.data?.rules ?? []).map((rule) => rule.id ?? ""),
    );
  return (
    <Paper withBorder p="md" component="section" aria-label={t("which")}>
      <Title order={3} size="h5">
        {t("which")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("whichHint")}
      </Text>
      <Stack gap="sm">
        {draft.matchers.map((matcher, at) => {
          const set = (fields: Partial<Matcher>) => change({ type: "matcher", at, fields });
          const isLabel = matcher.property === "label";
          const number = at + 1;
          return (
            <fieldset
              // biome-ignore lint/suspicious/noArrayIndexKey: matchers have no name of their own.
              key={at}
              className={classes.matcherRow}
              data-label={isLabel || undefined}
              aria-label={t("matcher", { number })}
            >
              <Select
                aria-label={t("property")}
                disabled={disabled}
                allowDeselect={false}
                data={PROPERTIES.map((one) => ({ value: one, label: t(`properties.${one}`) }))}
                value={matcher.property}
                onChange={(value) => value && set({ property: value as Property, value: "" })}
              />
              {isLabel && (
                <Autocomplete
                  aria-label={t("labelName")}
                  placeholder={t("labelName")}
                  disabled={disabled}
                  data={[...known.labels.keys()]}
                  value={matcher.label}
                  onChange={(label) => set({ label })}
                  error={errors[`matchers.${at}.name`]}
                />
              )}
              <Select
                aria-label={t("comparison")}
                disabled={disabled}
                allowDeselect={false}
                data={[
                  { value: "is", label: t("is") },
                  { value: "not", label: t("isNot") },
                  { value: "fits", label: t("fits") },
                  { value: "fitsNot", label: t("fitsNot") },
                ]}
                value={matcher.is_regex ? (matcher.is_equal ? "fits" : "fitsNot") : matcher.is_equal ? "is" : "not"}
                onChange={(value) =>
                  set({
                    is_equal: value === "is" || value === "fits",
                    is_regex: value === "fits" || value === "fitsNot",
                  })
                }
              />
              <Autocomplete
                aria-label={t("value")}
                placeholder={t("valueHint")}
                disabled={disabled}
                limit={50}
                data={values(matcher)}
                value={matcher.value}
                onChange={(value) => set({ value })}
                error={errors[`matchers.${at}.value`]}
              />
              <RemoveButton
                name={t("matcher", { number })}
                disabled={disabled || draft.matchers.length === 1}
                onClick={() => change({ type: "remove", at })}
              />
            </fieldset>
          );
        })}
        {errors.matchers && (
          <Text size="sm" c="red">
            {errors.matchers}
          </Text>
        )}
        <AddButton
          label={t("addMatcher")}
          disabled={disabled || draft.matchers.length >= 20}
          onClick={() => change({ type: "add" })}
        />
      </Stack>
    </Paper>
  );
}

function suggestions({ property, label }: Matcher, known: Known, rules: readonly string[]): string[] {
  switch (property) {
    case "rule_id":
      return [...rules];
    case "plugin_id":
      return known.plugins.map((one) => one.id);
    case "severity":
      return [...SEVERITIES];
    case "metric":
      return [...known.metrics];
    case "label":
      return [...(known.labels.get(label) ?? [])];
  }
}
