/** Where an alert with some labels would go, and why: every route that is tried, with what each matcher found. */

import { Anchor, Button, Code, Group, List, Stack, Table, TagsInput, Text } from "@mantine/core";
import { IconArrowRight, IconCheck, IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type RouteTrial, type Tree, useRouteTest } from "../../api/routing";
import { useFormat } from "../../format/useFormat";
import { FailedState } from "../../parts/FailedState";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { pairsOf } from "../settings/pairs";
import { Section } from "../settings/Section";
import { placeOf } from "./draft";
import classes from "./Routes.module.css";
import { useTitle } from "./useTitle";

interface Props {
  /** What is edited and not saved yet; null: test what is in force. */
  draft: Tree | null;
  onShow: (place: string) => void;
}

export function Tester({ draft, onShow }: Props) {
  const { t } = useTranslation("routes");
  const [search] = useSearchParams();
  const [labels, setLabels] = useState<string[]>(() => search.getAll("label"));
  const test = useRouteTest();
  return (
    <Section title={t("tester.title")} text={draft ? t("tester.draftHint") : t("tester.hint")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          test.mutate({ labels: pairsOf(labels), tree: draft });
        }}
      >
        <Stack>
          <TagsInput
            label={t("tester.labels")}
            description={t("tester.labelsHint")}
            splitChars={[]}
            value={labels}
            onChange={setLabels}
          />
          <Group>
            <Button type="submit" variant="default" loading={test.isPending}>
              {t("tester.test")}
            </Button>
          </Group>
        </Stack>
      </form>
      {test.isError && <FailedState error={test.error} />}
      {test.data && <Result trial={test.data} onShow={onShow} />}
    </Section>
  );
}

function Result({ trial, onShow }: { trial: RouteTrial; onShow: (place: string) => void }) {
  const { t } = useTranslation("routes");
  const { duration } = useFormat();
  const rows: [string, React.ReactNode][] = [
    [t("tester.channels"), trial.channels.map((channel) => channelText(channel)).join(", ") || t("tester.none")],
    [t("tester.severity"), <SeverityBadge key="severity" severity={trial.severity} />],
    [t("tester.group"), <Code key="group">{trial.group}</Code>],
    [t("field.group_wait_seconds"), spanText(trial.group_wait_ms)],
    [t("field.group_interval_seconds"), spanText(trial.group_interval_ms)],
    [t("tester.repeat"), trial.repeat_ms ? duration(trial.repeat_ms) : t("tester.never")],
  ];
  function channelText(channel: string): string {
    const interval = trial.muted[channel];
    return interval === undefined ? channel : t("tester.muted", { channel, interval });
  }
  function spanText(ms: number | null): string {
    return ms === null ? t("byDefault") : duration(ms);
  }
  return (
    <Stack mt="md" role="status" data-testid="routes-trial">
      {trial.tried.length === 0 && <Text size="sm">{t("tester.noRoutes")}</Text>}
      <ol className={classes.tried}>
        {trial.tried.map((one) => (
          <Try key={one.place} tried={one} onShow={onShow} />
        ))}
      </ol>
      <Table verticalSpacing={6} layout="fixed">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="40%">
                {name}
              </Table.Th>
              <Table.Td className={classes.title ?? ""}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function Try({ tried, onShow }: { tried: RouteTrial["tried"][number]; onShow: (place: string) => void }) {
  const { t } = useTranslation("routes");
  const titleOf = useTitle();
  const outcome = tried.is_chosen ? "taken" : tried.fits ? "passed" : "misfit";
  const Icon = { taken: IconArrowRight, passed: IconPlus, misfit: IconX }[outcome];
  const title = titleOf(
    { name: tried.name, matchers: tried.matchers.map((one) => one.matcher) },
    placeOf(tried.place) ?? [],
  );
  return (
    <li data-outcome={outcome} style={{ marginInlineStart: tried.depth * 20 }}>
      <Group gap="xs" align="baseline">
        <Icon size={14} aria-hidden />
        <Anchor component="button" type="button" onClick={() => onShow(tried.place)} fw={tried.is_chosen ? 700 : 400}>
          {title}
        </Anchor>
        <Text size="sm">{t(`tester.${outcome}`)}</Text>
      </Group>
      {tried.matchers.length > 0 && (
        <List size="sm" ms="lg" spacing={2}>
          {tried.matchers.map((one) => (
            <List.Item
              key={one.matcher}
              icon={one.fits ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
            >
              <Code>{one.matcher}</Code>{" "}
              {t(one.fits ? "tester.fits" : "tester.fitsNot", { found: JSON.stringify(one.found) })}
            </List.Item>
          ))}
        </List>
      )}
    </li>
  );
}
