/** What a sender's words for severities mean. */

import { ActionIcon, Button, Fieldset, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BodyMapping } from "../../../api/webhooks";

type Values = BodyMapping["severity"]["values"];
type Severity = Values[string];
const SEVERITIES = ["info", "warning", "error", "critical", "emergency"] as const satisfies readonly Severity[];

export function SeverityWords({ values, onChange }: { values: Values; onChange: (values: Values) => void }) {
  const { t } = useTranslation("webhooks");
  const { t: common } = useTranslation();
  const [word, setWord] = useState("");
  const name = word.trim();
  return (
    <Fieldset legend={t("words")}>
      <Stack gap="xs">
        {Object.entries(values).map(([one, severity]) => (
          <Group key={one} align="flex-end" wrap="nowrap">
            <NativeSelect
              flex={1}
              label={t("meaning", { word: one })}
              data={SEVERITIES.map((value) => ({ value, label: common(`severity.${value}`) }))}
              value={severity}
              onChange={(event) => onChange({ ...values, [one]: event.currentTarget.value as Severity })}
            />
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t("remove", { name: one })}
              onClick={() => {
                const { [one]: _, ...others } = values;
                onChange(others);
              }}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            label={t("word")}
            maxLength={128}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
          />
          <Button
            variant="default"
            disabled={!name || name in values}
            onClick={() => {
              onChange({ ...values, [name]: "critical" });
              setWord("");
            }}
          >
            {t("addWord")}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
