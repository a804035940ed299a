/** What the channel `dashboard` tells: it stays until somebody acknowledges. */

import { Anchor, Alert as Notice, Text } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useBanner } from "../../api/alerts";
import { useFormat } from "../../format/useFormat";

const BANNER_LINES = 3;

export function Banner() {
  const { t } = useTranslation("board");
  const format = useFormat();
  const held = useBanner().data ?? [];
  if (!held.length) return null;
  const more = held.length - BANNER_LINES;
  return (
    <Notice color="red" variant="filled" icon={<IconSpeakerphone />} mb="md" role="alert" data-testid="banner">
      {held.slice(0, BANNER_LINES).map((alert) => (
        <Text key={alert.id} size="sm" fw={600}>
          <Anchor component={Link} href={`/alerts/${alert.id}`} inherit c="inherit" underline="always">
            {t(`severity.${alert.severity}`)}: {alert.rule_name} — {alert.plugin_name}
          </Anchor>
        </Text>
      ))}
      {more > 0 && <Text size="sm">{t("bannerMore", { count: more, number: format.number(more) })}</Text>}
    </Notice>
  );
}
