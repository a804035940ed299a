/** Who changed what, when, and from what to what. */

import { Autocomplete, Button, Code, Group, Paper, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditEntry, useAudit } from "../../api/access";
import { useWho } from "../../format/useWho";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { Instant } from "../../parts/TimeAgo";
import { type Difference, differencesOf } from "./difference";
import { Section } from "./Section";

/** What actions begin with. */
const ACTIONS = ["rule", "channel", "silence", "alert", "user", "api-key", "mapping", "backup"];
const NONE = { by: "", action: "", target: "", since: "", until: "" };

export function Audit() {
  const { t } = useTranslation("settings");
  const [fields, setFields] = useState(NONE);
  const [asked] = useDebouncedValue(fields, 300);
  const filter = useMemo(
    () => ({
      by: asked.by.trim() || null,
      action: asked.action.trim() || null,
      target: asked.target.trim() || null,
      since_ms: asked.since ? Date.parse(asked.since) : null,
      until_ms: asked.until ? Date.parse(asked.until) + 59_999 : null,
    }),
    [asked],
  );
  const audit = useAudit(filter);
  const set = (name: keyof typeof NONE) => (value: string) => setFields((before) => ({ ...before, [name]: value }));
  const isFiltered = Object.values(fields).some(Boolean);
  return (
    <Section title={t("section.audit")} text={t("audit.text")}>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 5 }} spacing="sm">
          <TextInput
            label={t("audit.by")}
            value={fields.by}
            onChange={(event) => set("by")(event.currentTarget.value)}
          />
          <Autocomplete
            label={t("audit.action")}
            data={ACTIONS}
            value={fields.action}
            onChange={set("action")}
            placeholder="rule.save"
          />
          <TextInput
            label={t("audit.target")}
            value={fields.target}
            onChange={(event) => set("target")(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t("audit.since")}
            value={fields.since}
            onChange={(event) => set("since")(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t("audit.until")}
            value={fields.until}
            onChange={(event) => set("until")(event.currentTarget.value)}
          />
        </SimpleGrid>
        <Loaded query={audit}>
          {({ pages }) => {
            const entries = pages.flatMap((page) => page.entries);
            if (!entries.length) {
              return (
                <EmptyState
                  icon={<IconHistory size={40} stroke={1.2} />}
                  title={t(isFiltered ? "audit.noMatch" : "audit.none")}
                  text={t(isFiltered ? "audit.noMatchHint" : "audit.noneHint")}
                >
                  {isFiltered && (
                    <Button variant="default" onClick={() => setFields(NONE)}>
                      {t("audit.clear")}
                    </Button>
                  )}
                </EmptyState>
              );
            }
            return (
              <Stack gap="xs" component="ol" m={0} p={0} data-testid="audit">
                {entries.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
                ))}
              </Stack>
            );
          }}
        </Loaded>
        {audit.hasNextPage && (
          <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            {t("audit.older")}
          </Button>
        )}
      </Stack>
    </Section>
  );
}

const FIRST = 4;

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("settings");
  const who = useWho();
  const [isWhole, whole] = useState(false);
  const differences = useMemo(() => differencesOf(entry.before, entry.after), [entry]);
  const shown = isWhole ? differences : differences.slice(0, FIRST);
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group gap="xs" justify="space-between">
        <Text size="sm">
          <Text span fw={600}>
            {who(entry.by, entry.principal)}
          </Text>{" "}
          <Code>{entry.action}</Code> {entry.target}
        </Text>
        <Text size="xs" c="dimmed">
          <Instant atMs={entry.at_ms} />
          {entry.principal && ` · ${entry.principal}`}
          {entry.address && ` · ${entry.address}`}
        </Text>
      </Group>
      {shown.length > 0 && (
        <Table.ScrollContainer minWidth={360} mt={4}>
          <Table verticalSpacing={2} horizontalSpacing="xs" fz="xs" layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("audit.field")}</Table.Th>
                <Table.Th>{t("audit.before")}</Table.Th>
                <Table.Th>{t("audit.after")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((one) => (
                <Table.Tr key={one.field}>
                  <Table.Td>{one.field || "–"}</Table.Td>
                  <Value value={one.before} />
                  <Value value={one.after} />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {differences.length > FIRST && (
        <Button size="compact-xs" variant="subtle" mt={4} aria-expanded={isWhole} onClick={() => whole(!isWhole)}>
          {isWhole ? t("audit.less") : t("audit.more", { count: differences.length - FIRST })}
        </Button>
      )}
    </Paper>
  );
}

function Value({ value }: { value: Difference["before"] }) {
  const { t } = useTranslation("settings");
  return (
    <Table.Td>
      {value === null ? (
        <Text span fz="xs" c="dimmed">
          {t("audit.nothing")}
        </Text>
      ) : (
        value || '""'
      )}
    </Table.Td>
  );
}
