/** What happened, in order: each line says when, what, by whom, why, and how long it took. */

import { Text, Timeline } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBellOff,
  IconCheck,
  IconCircleCheck,
  IconClock,
  IconFlame,
  IconMessage,
  IconPoint,
  IconSend,
  IconX,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineEntry } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useReasonText } from "../../format/useReasonText";
import { useWho } from "../../format/useWho";
import { useStepWord } from "../../parts/Held";
import { Instant } from "../../parts/TimeAgo";
import { linesOf, type Tone } from "./story";

const COLORS: Record<Tone, string> = { bad: "red", good: "green", warn: "yellow.8", plain: "gray" };
const ICONS: Record<string, ComponentType<{ size?: number }>> = {
  pending: IconClock,
  firing: IconFlame,
  reopened: IconFlame,
  announced: IconFlame,
  acknowledged: IconCheck,
  resolved: IconCircleCheck,
  suppressed: IconBellOff,
  commented: IconMessage,
  escalated: IconAlertTriangle,
  "notification.sent": IconSend,
  "notification.failed": IconAlertTriangle,
  "notification.dead": IconX,
};
/** Their author is the step that holds notifications back. */
const HELD = new Set(["suppressed", "released"]);
const NEWS = ["firing", "acknowledged", "resolved"] as const;

export function Happened({ timeline, metric }: { timeline: readonly TimelineEntry[]; metric: string }) {
  const { t, i18n } = useTranslation("alert");
  const format = useFormat();
  const reasonText = useReasonText();
  const who = useWho();
  const stepWord = useStepWord();
  // A newer server may tell of something this page has no words for yet.
  const kind = (name: string) => (i18n.exists(`alert:kind.${name}`) ? t(`kind.${name}` as "kind.firing") : name);
  const author = (line: TimelineEntry) => {
    if (HELD.has(line.kind)) return stepWord(line.by);
    return line.by === "rule" && !line.principal
      ? t("lineByRule")
      : t("lineBy", { name: who(line.by, line.principal) });
  };
  const lines = linesOf(timeline);
  return (
    <Timeline active={lines.length} bulletSize={26} lineWidth={2} data-testid="timeline">
      {lines.map((line, at) => {
        const Icon = ICONS[line.kind] ?? IconPoint;
        const isNotification = line.kind.startsWith("notification.");
        const news = isNotification ? NEWS.find((one) => one === line.by) : undefined;
        const details = [
          !isNotification && line.by ? author(line) : "",
          line.value === null || line.value === undefined
            ? ""
            : t("lineValue", { value: format.value(line.value, metric, [line.threshold]) }),
          line.threshold === null || line.threshold === undefined
            ? ""
            : t("limit", { value: format.value(line.threshold, metric, [line.value]) }),
          line.attempt > 1 ? t("attempt", { count: line.attempt }) : "",
          line.took_ms ? t("took", { duration: format.duration(line.took_ms) }) : "",
          line.count > 1 ? t("times", { count: line.count }) : "",
        ].filter(Boolean);
        return (
          <Timeline.Item
            // biome-ignore lint/suspicious/noArrayIndexKey: a story only grows at its end.
            key={at}
            color={COLORS[line.tone]}
            bullet={<Icon size={14} />}
            title={[kind(line.kind), line.channel, news && t(`news.${news}`)].filter(Boolean).join(" · ")}
            data-kind={line.kind}
          >
            {line.reason && (
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {reasonText({ code: line.reason_code, values: line.reason_values }, line.reason)}
              </Text>
            )}
            <Text size="xs" c="dimmed">
              <Instant atMs={line.at_ms} />
              {line.count > 1 && (
                <>
                  {" – "}
                  <Instant atMs={line.last_at_ms} />
                </>
              )}
              {details.length ? ` · ${details.join(" · ")}` : ""}
            </Text>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}
