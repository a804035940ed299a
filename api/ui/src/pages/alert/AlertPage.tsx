/** One alert and its story; where every message's link leads. */

import { Group, Text, Timeline } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStory } from "../../api/alerts";
import { useFormat } from "../../format/useFormat";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { Instant } from "../../parts/TimeAgo";

export function AlertPage({ id }: { id: string }) {
  const { t, i18n } = useTranslation("alert");
  const format = useFormat();
  const story = useStory(id);
  // A newer server may tell of something this page has no words for yet.
  const kind = (name: string) => (i18n.exists(`alert:kind.${name}`) ? t(`kind.${name}` as "kind.firing") : name);
  return (
    <Loaded query={story}>
      {({ alert, timeline }) => (
        <>
          <PageHeader title={alert.rule_name} text={`${alert.plugin_name} · ${alert.condition}`} />
          <Group mb="md">
            <SeverityBadge severity={alert.severity} />
            <Text size="sm">{t(`alertState.${alert.state}`)}</Text>
          </Group>
          <Timeline active={timeline.length} bulletSize={12} lineWidth={2} data-testid="timeline">
            {timeline.map((entry, at) => (
              <Timeline.Item
                // biome-ignore lint/suspicious/noArrayIndexKey: a story only grows at its end.
                key={at}
                title={[kind(entry.kind), entry.channel].filter(Boolean).join(" · ")}
              >
                {entry.reason && <Text size="sm">{entry.reason}</Text>}
                <Text size="xs" c="dimmed">
                  <Instant atMs={entry.at_ms} />
                  {entry.took_ms ? ` · ${format.duration(entry.took_ms)}` : ""}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        </>
      )}
    </Loaded>
  );
}
