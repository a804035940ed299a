/** A test message by the real path, and what the provider really said. */

import { Button, Modal, Stack, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useTest } from "../../api/channels";
import { asProblem } from "../../api/problem";
import { useFormat } from "../../format/useFormat";
import { useReasonText } from "../../format/useReasonText";
import { FailedState } from "../../parts/FailedState";
import { useProblemText } from "../../parts/useProblemText";

export function TestButton({ name, disabled }: { name: string; disabled?: boolean }) {
  const { t } = useTranslation("channels");
  const problemText = useProblemText();
  const reasonText = useReasonText();
  const format = useFormat();
  const test = useTest(name);
  const problem = test.isError ? asProblem(test.error) : null;
  return (
    <>
      <Button
        size="xs"
        variant="light"
        leftSection={<IconSend size={14} />}
        loading={test.isPending}
        disabled={disabled ?? false}
        onClick={() => test.mutate()}
        aria-label={t("testLabel", { name })}
      >
        {t("test")}
      </Button>
      <Modal
        opened={test.isSuccess || test.isError}
        onClose={test.reset}
        title={t("testTitle", { name })}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {test.data && (
          <Stack gap="xs" data-testid="test-answer">
            <Text fw={600}>{t("testAccepted", { time: format.duration(test.data.took_ms) })}</Text>
            {test.data.answer && (
              <>
                <Text size="sm">{t("testAnswer")}</Text>
                <Answer
                  text={reasonText({ code: test.data.answer_code, values: test.data.answer_values }, test.data.answer)}
                />
              </>
            )}
          </Stack>
        )}
        {problem &&
          (problem.status === 424 ? (
            <Stack gap="xs" data-testid="test-answer">
              <Text fw={600}>{t("testRefused")}</Text>
              <Answer text={problemText.detail(problem)} />
            </Stack>
          ) : (
            <FailedState error={test.error} onRetry={() => test.mutate()} />
          ))}
      </Modal>
    </>
  );
}

function Answer({ text }: { text: string }) {
  return (
    <Text component="pre" size="sm" m={0} style={{ whiteSpace: "pre-wrap", fontFamily: "var(--ea-font-mono)" }}>
      {text}
    </Text>
  );
}
