/** A parent in the list, folded: how many plugins are below it, the worst of their alerts, and when one was last heard. */

import { Anchor, Button, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Plugin, useSeries } from "../../api/system";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { type Family, summaryOf } from "./families";
import { PluginCard, wantedOf } from "./PluginCard";
import classes from "./Plugins.module.css";
import { HOUR_MS, LastSeen, useIsStale } from "./plugin";

const STEP = 12;
/** More plugins than this make an address too long. */
const MOST_IN_ADDRESS = 40;
const NONE: readonly Plugin[] = [];

interface Props {
  family: Family;
  isOpenAtFirst: boolean;
  onOpen: (id: string) => void;
}

export function FamilyRow({ family, isOpenAtFirst, onOpen }: Props) {
  const { t } = useTranslation("plugins");
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [shown, show] = useState(STEP);
  const listId = useId();
  const { lastAtMs, openAlerts, worst } = useMemo(() => summaryOf(family), [family]);
  const isStale = useIsStale({ last_at_ms: lastAtMs });
  const members = useMemo(
    () => (family.parent ? [family.parent, ...family.children] : family.children),
    [family.parent, family.children],
  );
  const visible = useMemo(() => (isOpen ? members.slice(0, shown) : NONE), [isOpen, members, shown]);
  const wanted = useMemo(() => wantedOf(visible), [visible]);
  const series = useSeries(wanted, HOUR_MS, 60);
  const name = family.parent?.plugin_name || family.id;
  const concerned = members.filter((one) => one.active_alerts > 0);
  const alerts = t("alerts", { count: openAlerts });
  return (
    <Paper component="li" withBorder className={classes.family}>
      <div className={classes.head}>
        <UnstyledButton
          className={classes.fold}
          aria-expanded={isOpen}
          aria-controls={listId}
          onClick={() => setOpen(!isOpen)}
        >
          <IconChevronRight size={18} className={classes.chevron} aria-hidden="true" />
          <span className={classes.words}>
            <Text component="span" fw={600}>
              {name}
            </Text>
            <Text component="span" size="xs" c="dimmed">
              {name !== family.id && `${family.id} · `}
              {t("below", { count: family.children.length })}
            </Text>
          </span>
        </UnstyledButton>
        <Group gap="xs" className={classes.summary}>
          {worst && <SeverityBadge severity={worst} />}
          {openAlerts === 0 ? (
            <Text size="xs" c="dimmed">
              {t("noAlerts")}
            </Text>
          ) : concerned.length <= MOST_IN_ADDRESS ? (
            <Anchor component={Link} href={boardOf(concerned)} size="sm" fw={600} c="red" underline="always">
              {alerts}
            </Anchor>
          ) : (
            <Text size="sm" fw={600} c="red">
              {alerts}
            </Text>
          )}
          <LastSeen plugin={{ last_at_ms: lastAtMs }} isStale={isStale} />
        </Group>
      </div>
      <Stack gap="sm" id={listId} className={classes.below} hidden={!isOpen}>
        {series.isFailed && (
          <Text size="sm" c="red" role="alert">
            {t("noSeries")}
          </Text>
        )}
        {isOpen && (
          <ul className={classes.list} aria-label={name}>
            {visible.map((one) => (
              <PluginCard key={one.plugin_id} plugin={one} series={series.found} onOpen={() => onOpen(one.plugin_id)} />
            ))}
          </ul>
        )}
        {isOpen && members.length > shown && (
          <Button variant="default" onClick={() => show(shown + STEP)}>
            {t("more", { count: members.length - shown })}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}

function boardOf(plugins: readonly Plugin[]): string {
  return `/?${new URLSearchParams(plugins.map((one) => ["plugin", one.plugin_id]))}`;
}
