/** Rules from a file: first what would change, then the change. */

import { Badge, Button, FileButton, Group, Modal, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Imported, useImportRules } from "../../api/rules";
import { notifyDone } from "../../parts/notify";
import { RefusedFields } from "../../parts/RefusedFields";

type Format = "toml" | "json";
const SHOWN = 20;

export function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("rules");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("importTitle")}
      size="lg"
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <ImportForm onClose={onClose} />
    </Modal>
  );
}

function ImportForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("rules");
  const [text, setText] = useState("");
  const [format, setFormat] = useState<Format>("toml");
  const [seen, setSeen] = useState<Imported | null>(null);
  const send = useImportRules();
  const edit = (next: string, as: Format = format) => {
    setText(next);
    setFormat(as);
    setSeen(null);
    send.reset();
  };
  const take = async (file: File | null) => {
    if (file) edit(await file.text(), file.name.endsWith(".json") ? "json" : "toml");
  };
  const run = (dry_run: boolean) =>
    send.mutate(
      { text, format, dry_run },
      {
        onSuccess: (answer) => {
          if (dry_run) return setSeen(answer);
          notifyDone(t("imported", { added: answer.added.length, changed: answer.changed.length }));
          onClose();
        },
      },
    );
  const changes = seen ? seen.added.length + seen.changed.length : 0;
  return (
    <Stack>
      <Text size="sm">{t("importHint")}</Text>
      <Group justify="space-between">
        <FileButton onChange={(file) => void take(file)} accept=".toml,.json">
          {(props) => (
            <Button variant="default" {...props}>
              {t("chooseFile")}
            </Button>
          )}
        </FileButton>
        <SegmentedControl
          aria-label={t("format")}
          data={[
            { value: "toml", label: "TOML" },
            { value: "json", label: "JSON" },
          ]}
          value={format}
          onChange={(value) => edit(text, value as Format)}
        />
      </Group>
      <Textarea
        label={t("fileText")}
        autosize
        minRows={8}
        maxRows={18}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--ea-font-mono)", fontSize: "13px" } }}
        value={text}
        onChange={(event) => edit(event.target.value)}
      />
      {send.isError && <RefusedFields error={send.error} title={t("importRefused")} />}
      {seen && (
        <Stack gap="xs" data-testid="import-changes">
          <Names label={t("importAdded", { count: seen.added.length })} names={seen.added} color="green" />
          <Names label={t("importChanged", { count: seen.changed.length })} names={seen.changed} color="orange" />
          <Names label={t("importSame", { count: seen.same.length })} names={seen.same} color="gray" />
        </Stack>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        {seen && changes > 0 ? (
          <Button loading={send.isPending} onClick={() => run(false)}>
            {t("importApply", { count: changes })}
          </Button>
        ) : (
          <Button loading={send.isPending} disabled={!text.trim() || seen !== null} onClick={() => run(true)}>
            {seen ? t("importNothing") : t("importCheck")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Names({ label, names, color }: { label: string; names: readonly string[]; color: string }) {
  const { t } = useTranslation("rules");
  if (!names.length) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {label}
      </Text>
      <Group gap={4}>
        {names.slice(0, SHOWN).map((name) => (
          <Badge key={name} variant="light" color={color} tt="none">
            {name}
          </Badge>
        ))}
        {names.length > SHOWN && <Text size="sm">{t("andMore", { count: names.length - SHOWN })}</Text>}
      </Group>
    </div>
  );
}
