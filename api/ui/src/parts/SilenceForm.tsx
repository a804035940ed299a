/** The dialog behind `SilenceDialog`, loaded when it is opened first. */

import { Button, Group, Modal, Radio, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { MAX_SILENCES, matchersFor, SCOPES, type Scope, useHidden, useSilence } from "../api/silencing";
import type { Alert } from "../api/types";
import { notifyDone, useNotifyFailed } from "./notify";

const LENGTHS_MIN = [30, 60, 240, 480, 1_440] as const;

export interface SilenceProps {
  /** What to silence; empty: closed. */
  alerts: readonly Alert[];
  onClose: () => void;
}

export function OpenedSilenceDialog({ alerts, onClose }: SilenceProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={alerts.length > 0}
      onClose={onClose}
      title={t("silence.title")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {alerts.length > 0 && <SilenceForm alerts={alerts} onClose={onClose} />}
    </Modal>
  );
}

function SilenceForm({ alerts, onClose }: SilenceProps) {
  const { t } = useTranslation();
  const notifyFailed = useNotifyFailed();
  const [scope, setScope] = useState<Scope>("alert");
  const [minutes, setMinutes] = useState(60);
  const [comment, setComment] = useState("");
  const several = useMemo(() => matchersFor(alerts, scope), [alerts, scope]);
  const hidden = useHidden(several, true);
  const silence = useSilence();
  const isTooMany = several.length > MAX_SILENCES;
  const [first] = alerts;
  const names = { rule: first?.rule_name ?? "", plugin: first?.plugin_name || (first?.plugin_id ?? "") };
  const submit = () =>
    silence.mutate(
      { several, lengthMs: minutes * 60_000, comment: comment.trim() || t("silence.defaultComment") },
      {
        onSuccess: (count) => {
          notifyDone(t("silence.made", { count }));
          onClose();
        },
        onError: notifyFailed,
      },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Radio.Group label={t("silence.what")} value={scope} onChange={(value) => setScope(value as Scope)}>
          <Stack gap="xs" mt={6}>
            {SCOPES.map((one) => (
              <Radio
                key={one}
                value={one}
                label={
                  alerts.length === 1
                    ? t(`silence.scope.${one}`, names)
                    : t(`silence.scopeMany.${one}`, { count: matchersFor(alerts, one).length })
                }
              />
            ))}
          </Stack>
        </Radio.Group>
        <div>
          <Text size="sm" fw={500} mb={6} id="silence-length">
            {t("silence.howLong")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="silence-length"
            value={String(minutes)}
            onChange={(value) => setMinutes(Number(value))}
            data={LENGTHS_MIN.map((one) => ({ value: String(one), label: t(`silence.length.${one}`) }))}
          />
        </div>
        <TextInput
          label={t("silence.comment")}
          placeholder={t("silence.defaultComment")}
          maxLength={1_000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Text size="sm" role="status" data-testid="hidden-count">
          {isTooMany
            ? t("silence.tooMany", { count: several.length, most: MAX_SILENCES })
            : hidden.data === undefined
              ? t("silence.counting")
              : t("silence.hides", { count: hidden.data })}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={silence.isPending} disabled={isTooMany} data-autofocus>
            {t("silence.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
