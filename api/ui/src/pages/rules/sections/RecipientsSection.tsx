/** Which channels are told, how often, and who is told later. */

import { Box, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { AddButton, RemoveButton } from "../../../parts/schema-form/ListButtons";
import { typedNumber } from "../../../parts/typedNumber";
import type { Draft } from "../draft";
import classes from "../RuleEditor.module.css";
import { ChannelSelect } from "./ChannelSelect";
import { MinutesOrSeconds } from "./MinutesOrSeconds";
import { Section, type SectionProps } from "./Section";

export function RecipientsSection({ draft, change, errors, disabled }: SectionProps) {
  const { t } = useTranslation(["rules", "fields"]);
  const set = (fields: Partial<Draft>) => change({ type: "set", fields });
  return (
    <Section title={t("section.whom")}>
      <ChannelSelect
        label={t("field.channels")}
        description={t("help.channels")}
        name="channels"
        disabled={disabled}
        value={draft.channels}
        onChange={(channels) => set({ channels })}
        error={errors.channels}
      />
      <MinutesOrSeconds
        name="cooldown_minutes"
        draft={draft}
        set={set}
        errors={errors}
        disabled={disabled}
        max={10_080}
      />
      <MinutesOrSeconds
        name="repeat_minutes"
        draft={draft}
        set={set}
        errors={errors}
        disabled={disabled}
        max={10_080}
        placeholder={t("repeatDefault")}
      />
      <Stack gap="xs">
        <Text size="sm" fw={500}>
          {t("field.escalation")}
        </Text>
        <Text size="xs" c="dimmed">
          {t("help.escalation")}
        </Text>
        {draft.escalation.map((step, at) => {
          const put = (fields: Partial<(typeof draft.escalation)[number]>) =>
            set({ escalation: draft.escalation.map((one, i) => (i === at ? { ...one, ...fields } : one)) });
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name.
            <Group key={at} align="flex-start" gap="xs" wrap="nowrap">
              <div className={classes.step}>
                <NumberInput
                  label={t("afterMinutes")}
                  disabled={disabled}
                  min={0}
                  clampBehavior="none"
                  value={step.after_minutes ?? ""}
                  onChange={(value) => put({ after_minutes: typedNumber(value) })}
                  error={errors[`escalation.${at}.after_minutes`]}
                />
                <ChannelSelect
                  label={t("stepChannels")}
                  disabled={disabled}
                  value={step.channels}
                  onChange={(channels) => put({ channels })}
                  error={errors[`escalation.${at}.channels`]}
                />
              </div>
              <Box pt={24}>
                <RemoveButton
                  name={t("step", { number: at + 1 })}
                  disabled={disabled}
                  onClick={() => set({ escalation: draft.escalation.filter((_, i) => i !== at) })}
                />
              </Box>
            </Group>
          );
        })}
        <AddButton
          label={t("addStep")}
          disabled={disabled}
          onClick={() => set({ escalation: [...draft.escalation, { after_minutes: 15, channels: [] }] })}
        />
      </Stack>
    </Section>
  );
}
