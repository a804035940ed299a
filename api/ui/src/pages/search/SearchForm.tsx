/** The words and filters of a search. Enter in any field searches. */

import { Button, Group, MultiSelect, NumberInput, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { IconFilterOff, IconSearch } from "@tabler/icons-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useKnown } from "../../api/known";
import { useRuleList } from "../../api/system";
import { SEVERITIES } from "../../api/types";
import { typedNumber } from "../../parts/typedNumber";
import { useShortcuts } from "../../shell/shortcuts";
import { instantOf, localText, MOST_VALUES, queryOf, type SearchQuery, STATES } from "./query";

const LONGEST_MINUTES = 5_256_000;

interface Props {
  query: SearchQuery;
  isSearching: boolean;
  onSearch: (query: SearchQuery) => void;
}

export function SearchForm({ query, isSearching, onSearch }: Props) {
  const { t } = useTranslation("search");
  const [draft, setDraft] = useState(query);
  // The address may change by itself: back, or a link.
  useEffect(() => setDraft(query), [query]);
  const words = useRef<HTMLInputElement>(null);
  const known = useKnown();
  const rules = useRuleList().data ?? [];
  const change = (part: Partial<SearchQuery>) => setDraft((before) => ({ ...before, ...part }));
  useShortcuts([{ keys: "/", label: t("words"), run: () => words.current?.focus() }]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(draft);
  };
  const several = { clearable: true, maxValues: MOST_VALUES, clearButtonProps: { "aria-label": t("clear") } } as const;
  const labels = [...known.labels].flatMap(([name, values]) => [name, ...values.map((value) => `${name}=${value}`)]);
  return (
    <search aria-label={t("title")}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            ref={words}
            type="search"
            label={t("words")}
            description={t("wordsHint")}
            leftSection={<IconSearch size={16} />}
            maxLength={200}
            value={draft.q}
            onChange={(event) => change({ q: event.currentTarget.value })}
          />
          <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm">
            <MultiSelect
              label={t("severityLabel")}
              data={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
              value={draft.severity}
              onChange={(severity) => change({ severity: severity as SearchQuery["severity"] })}
              {...several}
            />
            <MultiSelect
              label={t("state")}
              data={STATES.map((value) => ({ value, label: t(`alertState.${value}`) }))}
              value={draft.state}
              onChange={(state) => change({ state: state as SearchQuery["state"] })}
              {...several}
            />
            <MultiSelect
              label={t("rule")}
              data={named(draft.rule_id, rules)}
              value={draft.rule_id}
              onChange={(rule_id) => change({ rule_id })}
              searchable
              limit={100}
              {...several}
            />
            <MultiSelect
              label={t("plugin")}
              data={named(draft.plugin_id, known.plugins)}
              value={draft.plugin_id}
              onChange={(plugin_id) => change({ plugin_id })}
              searchable
              limit={100}
              {...several}
            />
            <TagsInput
              label={t("label")}
              placeholder="team=web"
              data={labels}
              limit={50}
              maxTags={MOST_VALUES}
              clearable
              acceptValueOnBlur
              clearButtonProps={{ "aria-label": t("clear") }}
              value={draft.label}
              onChange={(label) => change({ label })}
            />
            <TagsInput
              label={t("person")}
              placeholder="user:kim"
              maxTags={MOST_VALUES}
              clearable
              acceptValueOnBlur
              clearButtonProps={{ "aria-label": t("clear") }}
              value={draft.person}
              onChange={(person) => change({ person })}
            />
            <NumberInput
              label={t("minMinutes")}
              min={0}
              max={LONGEST_MINUTES}
              hideControls
              value={draft.min_minutes ?? ""}
              onChange={(value) => change({ min_minutes: typedNumber(value) })}
            />
            <NumberInput
              label={t("maxMinutes")}
              min={0}
              max={LONGEST_MINUTES}
              hideControls
              value={draft.max_minutes ?? ""}
              onChange={(value) => change({ max_minutes: typedNumber(value) })}
            />
            <TextInput
              type="datetime-local"
              label={t("since")}
              value={localText(draft.since)}
              onChange={(event) => change({ since: instantOf(event.currentTarget.value) })}
            />
            <TextInput
              type="datetime-local"
              label={t("until")}
              value={localText(draft.until)}
              onChange={(event) => change({ until: instantOf(event.currentTarget.value) })}
            />
          </SimpleGrid>
          <Group gap="sm">
            <Button type="submit" loading={isSearching} leftSection={<IconSearch size={16} />}>
              {t("search")}
            </Button>
            <Button
              variant="subtle"
              leftSection={<IconFilterOff size={16} />}
              onClick={() => onSearch(queryOf(new URLSearchParams()))}
            >
              {t("clear")}
            </Button>
          </Group>
        </Stack>
      </form>
    </search>
  );
}

/** What is chosen may be known no more; it stays chosen, and is shown by its id. */
function named(chosen: readonly string[], known: readonly { id?: string | undefined; name: string }[]) {
  const names = new Map(known.flatMap(({ id, name }) => (id ? [[id, name || id] as const] : [])));
  return [...new Set([...chosen, ...names.keys()])].map((value) => ({ value, label: names.get(value) ?? value }));
}
