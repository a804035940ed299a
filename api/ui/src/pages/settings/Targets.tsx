/** What is scraped: jobs for admins, every target with its last scrape, and the files that list targets. */

import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconTargetArrow } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/context";
import {
  type ScrapeJob,
  type Target,
  type TargetFile,
  useScrapeJobChanges,
  useScrapeJobs,
  useTargetFiles,
  useTargets,
} from "../../api/scrapes";
import { useReasonText } from "../../format/useReasonText";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { TimeAgo } from "../../parts/TimeAgo";
import { JobDialog } from "./JobDialog";
import { Section } from "./Section";

const COLORS = { up: "green", down: "red", waiting: "gray" } as const;

export function Targets() {
  const { t } = useTranslation("settings");
  const isAdmin = useMay("admin");
  const targets = useTargets();
  return (
    <Stack>
      {isAdmin && <Jobs />}
      <Section title={t("targets.title")} text={t("targets.text")}>
        <Loaded query={targets}>
          {(all) =>
            all.length ? (
              <TargetTable targets={all} />
            ) : (
              <EmptyState
                icon={<IconTargetArrow size={40} stroke={1.2} />}
                title={t("targets.none")}
                text={t("targets.noneHint")}
              />
            )
          }
        </Loaded>
      </Section>
      <Files />
    </Stack>
  );
}

function TargetTable({ targets }: { targets: Target[] }) {
  const { t } = useTranslation("settings");
  const reasonText = useReasonText();
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6} data-testid="targets">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("targets.job")}</Table.Th>
            <Table.Th>{t("targets.address")}</Table.Th>
            <Table.Th>{t("targets.state")}</Table.Th>
            <Table.Th>{t("targets.last")}</Table.Th>
            <Table.Th ta="right">{t("targets.samples")}</Table.Th>
            <Table.Th ta="right">{t("targets.took")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {targets.map((one) => (
            <Table.Tr key={one.id} data-target={one.labels.instance}>
              <Table.Td>{one.job}</Table.Td>
              <Table.Td>
                {one.url}
                {one.source && (
                  <Text size="xs" c="dimmed">
                    {one.source}
                  </Text>
                )}
                {one.refused > 0 && (
                  <Text size="xs" c="orange">
                    {t("targets.refused", { count: one.refused })}
                  </Text>
                )}
                {one.error && (
                  <Text size="xs" c="red">
                    {reasonText({ code: one.error_code, values: one.error_values }, one.error)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={COLORS[one.state]} variant="light" tt="none">
                  {t(`targets.states.${one.state}`)}
                </Badge>
              </Table.Td>
              <Table.Td>{one.at_ms > 0 && <TimeAgo atMs={one.at_ms} />}</Table.Td>
              <Table.Td ta="right">{one.samples}</Table.Td>
              <Table.Td ta="right">{t("targets.ms", { ms: one.duration_ms })}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

type Opened = { kind: "create" } | { kind: "change" | "delete"; job: ScrapeJob } | null;

function Jobs() {
  const { t } = useTranslation("settings");
  const jobs = useScrapeJobs(true);
  const { remove } = useScrapeJobChanges();
  const notifyFailed = useNotifyFailed();
  const [opened, open] = useState<Opened>(null);
  const close = () => open(null);
  const asked = opened?.kind === "delete" ? opened.job : null;
  return (
    <Section
      title={t("targets.jobs")}
      text={t("targets.jobsText")}
      actions={<Button onClick={() => open({ kind: "create" })}>{t("targets.create")}</Button>}
    >
      <Loaded query={jobs}>
        {(all) =>
          all.length > 0 && (
            <Table verticalSpacing={6} data-testid="scrape-jobs">
              <Table.Tbody>
                {all.map((job) => (
                  <Table.Tr key={job.name} data-job={job.name}>
                    <Table.Td>
                      {job.name}
                      {!job.enabled && (
                        <Badge ml="xs" color="gray" variant="light" tt="none">
                          {t("targets.off")}
                        </Badge>
                      )}
                    </Table.Td>
                    <Table.Td>{t("targets.count", { count: job.targets.length })}</Table.Td>
                    <Table.Td>{t("targets.every", { seconds: job.interval_seconds })}</Table.Td>
                    <Table.Td>
                      <Group gap="xs" justify="flex-end">
                        <Button
                          size="xs"
                          variant="default"
                          aria-label={t("targets.editLabel", { name: job.name })}
                          onClick={() => open({ kind: "change", job })}
                        >
                          {t("action.edit")}
                        </Button>
                        <Button
                          size="xs"
                          variant="default"
                          aria-label={t("targets.deleteLabel", { name: job.name })}
                          onClick={() => open({ kind: "delete", job })}
                        >
                          {t("action.delete")}
                        </Button>
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
      {opened?.kind === "create" && <JobDialog job={null} onClose={close} />}
      {opened?.kind === "change" && <JobDialog job={opened.job} onClose={close} />}
      <ConfirmDialog
        opened={asked !== null}
        title={t("targets.deleteTitle", { name: asked?.name ?? "" })}
        action={t("action.delete")}
        isDanger
        isBusy={remove.isPending}
        onConfirm={() =>
          asked &&
          remove.mutate(asked.name, {
            onSuccess: () => notifyDone(t("targets.deleted", { name: asked.name })),
            onError: notifyFailed,
            onSettled: close,
          })
        }
        onClose={close}
      >
        {t("targets.deleteText")}
      </ConfirmDialog>
    </Section>
  );
}

function Files() {
  const { t } = useTranslation("settings");
  const files = useTargetFiles();
  if (!files.data?.length) return null;
  return (
    <Section title={t("targets.files")} text={t("targets.filesText")}>
      <Table verticalSpacing={6} data-testid="target-files">
        <Table.Tbody>
          {files.data.map((file) => (
            <FileRow key={`${file.host} ${file.path}`} file={file} />
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function FileRow({ file }: { file: TargetFile }) {
  const { t } = useTranslation("settings");
  const reasonText = useReasonText();
  return (
    <Table.Tr>
      <Table.Td>
        {file.path}
        <Text size="xs" c="dimmed">
          {file.host}
        </Text>
        {file.error && (
          <Text size="xs" c="red">
            {reasonText({ code: file.error_code, values: file.error_values }, file.error)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{t("targets.count", { count: file.targets })}</Table.Td>
      <Table.Td>{file.read_at_ms > 0 && <TimeAgo atMs={file.read_at_ms} />}</Table.Td>
    </Table.Tr>
  );
}
