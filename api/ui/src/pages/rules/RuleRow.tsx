/** One rule in the list, with what can be done to it. */

import { ActionIcon, Anchor, Badge, Group, Menu, Switch, Text, Tooltip } from "@mantine/core";
import { IconCopy, IconDots, IconEdit, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useMay } from "../../api/context";
import type { Rule } from "../../api/rules";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { type LabelMatcher, written } from "./matchers";
import classes from "./RuleList.module.css";

interface RowProps {
  rule: Rule;
  words: string;
  openCount: number;
  onSwitch: (to: boolean) => void;
  onDelete: () => void;
}

export function Row({ rule, words, openCount, onSwitch, onDelete }: RowProps) {
  const { t } = useTranslation("rules");
  const isAdmin = useMay("admin");
  return (
    <tr className={classes.row} data-rule={rule.id} data-off={rule.enabled ? undefined : true}>
      <td className={classes.switch}>
        <Switch
          checked={rule.enabled}
          disabled={!isAdmin}
          onChange={(event) => onSwitch(event.currentTarget.checked)}
          aria-label={t("switchLabel", { name: rule.name })}
        />
      </td>
      <td className={classes.rule}>
        <Group gap={6}>
          <Anchor component={Link} href={`/rules/${encodeURIComponent(rule.id)}`} fw={600} c="inherit">
            {rule.name}
          </Anchor>
          {rule.source && (
            <Tooltip label={rule.edited ? t("editedHint", { source: rule.source }) : t("sourceHint")}>
              <Badge
                variant="outline"
                color={rule.edited ? "orange" : "gray"}
                tt="none"
                size="sm"
                className={classes.mark}
              >
                {rule.edited ? t("edited", { source: rule.source }) : rule.source}
              </Badge>
            </Tooltip>
          )}
          {openCount > 0 && (
            <Badge
              component={Link}
              href={`/?rule=${encodeURIComponent(rule.id)}`}
              variant="light"
              color="red"
              tt="none"
              size="sm"
              className={classes.link}
            >
              {t("open", { count: openCount })}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {words}
        </Text>
      </td>
      <td className={classes.severity}>
        <SeverityBadge severity={rule.severity} />
      </td>
      <Text component="td" size="sm" className={classes.scope}>
        <Scope rule={rule} />
      </Text>
      <Text component="td" size="sm" className={classes.channels}>
        {rule.channels.length ? rule.channels.join(", ") : t("noChannels")}
      </Text>
      <td className={classes.more}>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("moreLabel", { name: rule.name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              component={Link}
              href={`/rules/${encodeURIComponent(rule.id)}`}
              leftSection={<IconEdit size={16} />}
            >
              {isAdmin ? t("action.edit") : t("look")}
            </Menu.Item>
            {isAdmin && (
              <>
                <Menu.Item
                  component={Link}
                  href={`/rules/new?from=${encodeURIComponent(rule.id)}`}
                  leftSection={<IconCopy size={16} />}
                >
                  {t("duplicate")}
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={onDelete}>
                  {t("action.delete")}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}

function Scope({ rule }: { rule: Rule }) {
  const { t } = useTranslation("rules");
  const labels = Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`);
  const matchers = (rule.label_matchers ?? []).map((one) => written(one as LabelMatcher));
  const where = rule.plugin_id ?? rule.plugins ?? (labels.length + matchers.length ? "" : t("scope.all"));
  return <>{[where, ...labels, ...matchers].filter(Boolean).join(" · ")}</>;
}
