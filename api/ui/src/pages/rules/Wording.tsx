/** Templates, and what they make of an alert. */

import { Alert, Code, Collapse, Group, Paper, Stack, Text, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useClient } from "../../api/context";
import { useProblemText } from "../../parts/useProblemText";

interface Props {
  title: string;
  body: string;
  onChange: (fields: { title_template?: string; body_template?: string }) => void;
  errors: Record<string, string>;
  disabled: boolean;
}

export function Wording({ title, body, onChange, errors, disabled }: Props) {
  const { t } = useTranslation("rules");
  const problemText = useProblemText();
  const client = useClient();
  const [templates] = useDebouncedValue({ title_template: title, body_template: body, alert_id: null }, 400);
  const [areWordsShown, words] = useDisclosure(false);
  const tried = useQuery({
    queryKey: ["templates", templates],
    queryFn: ({ signal }) => client.post("/templates/preview", { body: templates, signal }),
    placeholderData: keepPreviousData,
  });
  const refused = tried.isError ? problemText.fields(tried.error) : {};
  return (
    <Stack gap="sm">
      <TextInput
        label={t("field.title_template")}
        description={t("help.template")}
        name="title_template"
        disabled={disabled}
        value={title}
        error={refused.title_template ?? errors.title_template}
        onChange={(event) => onChange({ title_template: event.target.value })}
      />
      <Textarea
        label={t("field.body_template")}
        name="body_template"
        disabled={disabled}
        autosize
        minRows={2}
        maxRows={12}
        value={body}
        error={refused.body_template ?? errors.body_template}
        onChange={(event) => onChange({ body_template: event.target.value })}
      />
      {tried.data && !tried.isError && (
        <Paper withBorder p="sm" data-testid="template-preview">
          <Text size="xs" c="dimmed" mb={4}>
            {t("templatePreview")}
          </Text>
          {tried.data.failure && (
            <Alert color="orange" variant="light" p="xs" mb="xs">
              {tried.data.failure}
            </Alert>
          )}
          <Text fw={600}>{tried.data.title}</Text>
          <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
            {tried.data.text}
          </Text>
        </Paper>
      )}
      {tried.data && (
        <>
          <UnstyledButton onClick={words.toggle} aria-expanded={areWordsShown}>
            <Group gap={4}>
              {areWordsShown ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              <Text size="sm">{t("templateWords")}</Text>
            </Group>
          </UnstyledButton>
          <Collapse expanded={areWordsShown}>
            <Code block>{JSON.stringify(tried.data.words, null, 2)}</Code>
          </Collapse>
        </>
      )}
    </Stack>
  );
}
