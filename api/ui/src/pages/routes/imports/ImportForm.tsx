/** A configuration of another system: chosen or pasted, looked at line by line, then put in force. */

import { Alert, Badge, Button, FileButton, Group, SegmentedControl, Stack, Table, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Given, type ImportReport, type System, useImportChanges } from "../../../api/imports";
import { notifyDone } from "../../../parts/notify";
import { RefusedFields } from "../../../parts/RefusedFields";
import { type Line, linesOf } from "./lines";

const COLORS = { taken: "green", differs: "yellow", lost: "red" } as const;
const PASTED = { alertmanager: "alertmanager.yml", grafana: "grafana.yml" } as const;

export function ImportForm({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("imports");
  const [system, setSystem] = useState<System>("alertmanager");
  const [files, setFiles] = useState<Given["files"]>([]);
  const { look, apply } = useImportChanges();
  // What was looked at is what is applied: any edit asks for another look.
  const edit = (next: Given["files"], as: System = system) => {
    setSystem(as);
    setFiles(next);
    look.reset();
    apply.reset();
  };
  const take = async (chosen: File[]) =>
    edit(await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() }))));
  const given: Given = { system, files, language: i18n.language === "ko" ? "ko" : "en" };
  const report = look.data;
  const isSame = report && !report.difference.replaces_routes && !changesOf(report).length;
  const failed = look.error ?? apply.error;
  return (
    <Stack>
      <SegmentedControl
        aria-label={t("system")}
        data={(["alertmanager", "grafana"] as const).map((value) => ({ value, label: t(value) }))}
        value={system}
        onChange={(value) => edit(files, value as System)}
      />
      <Text size="sm">{t(`hint.${system}`)}</Text>
      <Group>
        <FileButton multiple onChange={(chosen) => void take(chosen)} accept=".yml,.yaml,.json">
          {(props) => (
            <Button variant="default" {...props}>
              {t("choose")}
            </Button>
          )}
        </FileButton>
        {files.length > 0 && <Text size="sm">{t("chosen", { names: files.map((file) => file.name).join(", ") })}</Text>}
      </Group>
      {files.length < 2 && (
        <Textarea
          label={t("paste")}
          autosize
          minRows={6}
          maxRows={14}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--ea-font-mono)", fontSize: "13px" } }}
          value={files[0]?.text ?? ""}
          onChange={({ target: { value } }) =>
            edit(value ? [{ name: files[0]?.name ?? PASTED[system], text: value }] : [])
          }
        />
      )}
      {failed && <RefusedFields error={failed} title={t("refused")} />}
      {report && <Report report={report} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        {report && !isSame ? (
          <Button
            loading={apply.isPending}
            onClick={() =>
              apply.mutate(
                { ...given, version: report.difference.routes_version },
                {
                  onSuccess: (done) => {
                    notifyDone(t("applied", { version: done.routes_version }));
                    onClose();
                  },
                },
              )
            }
          >
            {t("apply")}
          </Button>
        ) : (
          <Button
            loading={look.isPending}
            disabled={!files.length || report !== undefined}
            onClick={() => look.mutate(given)}
          >
            {report ? t("nothing") : t("look")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { t } = useTranslation("imports");
  const { added, replaced, replaces_routes, routes_before, routes_version } = report.difference;
  return (
    <Stack gap="xs" data-testid="import-report">
      <Text fw={600}>{report.summary}</Text>
      <Alert color={replaces_routes || replaced.length ? "orange" : "gray"} variant="light">
        <Text size="sm">
          {replaces_routes
            ? t(routes_before ? "replacesRoutes" : "firstRoutes", { count: routes_before, version: routes_version })
            : t("sameRoutes")}
        </Text>
        {added.length > 0 && <Text size="sm">{t("added", { names: added.join(", ") })}</Text>}
        {replaced.length > 0 && <Text size="sm">{t("replaced", { names: replaced.join(", ") })}</Text>}
      </Alert>
      <Table.ScrollContainer minWidth={480} mah={360}>
        <Table verticalSpacing={4} aria-label={t("report")}>
          <Table.Thead>
            <Table.Tr>
              {(["line", "part", "outcome", "what"] as const).map((head) => (
                <Table.Th key={head}>{t(head)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {linesOf(report).map((line) => (
              <Table.Tr key={line.key}>
                <Table.Td>{line.line || ""}</Table.Td>
                <Table.Td>{line.part}</Table.Td>
                <Table.Td>
                  <Badge variant="light" color={COLORS[line.outcome]} tt="none">
                    {t(line.outcome)}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  <What line={line} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function What({ line }: { line: Line }) {
  const { t } = useTranslation("imports");
  return line.kind ? t(`kind.${line.kind}`, { name: line.text }) : line.text;
}

function changesOf({ difference }: ImportReport): string[] {
  return [...difference.added, ...difference.replaced];
}
