/** All rules: found, switched on and off, exported, imported. */

import {
  ActionIcon,
  Alert,
  Anchor,
  Badge,
  Button,
  Code,
  Group,
  Menu,
  Pagination,
  Paper,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconCopy,
  IconDots,
  IconDownload,
  IconEdit,
  IconFileImport,
  IconListCheck,
  IconPlus,
  IconSearch,
  IconTrash,
} from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { useBoard } from "../../api/alerts";
import { useClient, useMay } from "../../api/context";
import { useKnown } from "../../api/known";
import { type Rule, useRules, useSwitchRule } from "../../api/rules";
import { SEVERITIES } from "../../api/types";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { useNotifyFailed } from "../../parts/notify";
import { PageHeader } from "../../parts/PageHeader";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { useShortcuts } from "../../shell/shortcuts";
import { DeleteRuleDialog } from "./DeleteRuleDialog";
import { ImportDialog } from "./ImportDialog";
import classes from "./RuleList.module.css";
import { filterOf, listed } from "./rows";

const PAGE = 50;

export function RuleList() {
  const { t } = useTranslation("rules");
  const rules = useRules();
  const isAdmin = useMay("admin");
  const [isImporting, importing] = useDisclosure(false);
  const [, navigate] = useLocation();
  const total = rules.data?.rules.length ?? 0;
  const enabled = rules.data?.rules.filter((rule) => rule.enabled).length ?? 0;
  useShortcuts(isAdmin ? [{ keys: "n", label: t("new"), run: () => navigate("/rules/new") }] : []);

  return (
    <>
      <PageHeader
        title={t("title")}
        text={rules.data && t("count", { count: total, enabled })}
        actions={
          <>
            <ExportMenu />
            {isAdmin && (
              <>
                <Button variant="default" leftSection={<IconFileImport size={16} />} onClick={importing.open}>
                  {t("import")}
                </Button>
                <Button component={Link} href="/rules/new" leftSection={<IconPlus size={16} />}>
                  {t("new")}
                </Button>
              </>
            )}
          </>
        }
      />
      <Loaded query={rules}>
        {(data) => (
          <Stack>
            {Object.entries(data.unreadable).map(([id, why]) => (
              <Alert key={id} color="red" variant="light" title={t("unreadable", { id })}>
                {String(why)}
              </Alert>
            ))}
            {total ? (
              <Found rules={data.rules as Rule[]} words={data.conditions} />
            ) : (
              <EmptyState
                icon={<IconListCheck size={48} stroke={1.2} />}
                title={t("empty")}
                text={isAdmin ? t("emptyHint") : t("emptyHintViewer")}
              >
                {isAdmin && (
                  <>
                    <Button component={Link} href="/rules/new" leftSection={<IconPlus size={16} />}>
                      {t("new")}
                    </Button>
                    <Code block>enhanced-alerts rules apply rules.toml</Code>
                  </>
                )}
              </EmptyState>
            )}
          </Stack>
        )}
      </Loaded>
      <ImportDialog opened={isImporting} onClose={importing.close} />
    </>
  );
}

function ExportMenu() {
  const { t } = useTranslation("rules");
  const client = useClient();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          {t("export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["toml", "json"] as const).map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={client.href(`/rules-file?format=${format}`)}
            download={`rules.${format}`}
          >
            {format.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Found({ rules, words }: { rules: readonly Rule[]; words: Record<string, { en: string; ko: string }> }) {
  const { t, i18n } = useTranslation("rules");
  const [search, setSearch] = useSearchParams();
  const known = useKnown();
  const filter = filterOf(search);
  const { text, severity, enabled, plugin } = filter;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is made anew of what the address says.
  const rows = useMemo(() => listed(rules, words, filter), [rules, words, text, severity, enabled, plugin]);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const page = Math.min(pages, Math.max(1, Number(search.get("page")) || 1));
  const put = (name: string, value: string | null) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (name !== "page") after.delete("page");
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  const open = useOpenCounts();
  const [deleted, setDeleted] = useState<Rule | null>(null);
  const [switchedOff, setSwitchedOff] = useState<Rule | null>(null);
  const toggle = useSwitchRule();
  const notifyFailed = useNotifyFailed();
  const setEnabled = (rule: Rule, to: boolean) =>
    toggle.mutate({ id: rule.id, enabled: to }, { onError: notifyFailed });
  const plugins = [...new Set([...known.plugins.map((one) => one.id), ...(plugin ? [plugin] : [])])];

  return (
    <Stack gap="sm">
      <search className={classes.filters}>
        <TextInput
          className={classes.find}
          aria-label={t("find")}
          placeholder={t("find")}
          leftSection={<IconSearch size={16} />}
          type="search"
          value={text}
          onChange={(event) => put("q", event.target.value)}
        />
        <Select
          aria-label={t("severityFilter")}
          placeholder={t("severityFilter")}
          clearable
          data={SEVERITIES.map((one) => ({ value: one, label: t(`severity.${one}`) }))}
          value={severity || null}
          onChange={(value) => put("severity", value)}
        />
        <Select
          aria-label={t("enabledFilter")}
          placeholder={t("enabledFilter")}
          clearable
          data={[
            { value: "yes", label: t("enabledYes") },
            { value: "no", label: t("enabledNo") },
          ]}
          value={enabled || null}
          onChange={(value) => put("enabled", value)}
        />
        <Select
          aria-label={t("pluginFilter")}
          placeholder={t("pluginFilter")}
          clearable
          searchable
          limit={50}
          data={plugins}
          value={plugin || null}
          onChange={(value) => put("plugin", value)}
        />
      </search>
      {rows.length === 0 ? (
        <EmptyState title={t("noneFound")} text={t("noneFoundHint")}>
          <Button variant="default" onClick={() => setSearch(new URLSearchParams(), { replace: true })}>
            {t("clearFilter")}
          </Button>
        </EmptyState>
      ) : (
        <Paper withBorder component="table" className={classes.table} aria-label={t("title")}>
          <thead>
            <tr className={classes.head}>
              <th scope="col">{t("column.enabled")}</th>
              <th scope="col">{t("column.rule")}</th>
              <th scope="col">{t("column.severity")}</th>
              <th scope="col">{t("column.scope")}</th>
              <th scope="col">{t("column.channels")}</th>
              <th scope="col">{t("column.more")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice((page - 1) * PAGE, page * PAGE).map((rule) => (
              <Row
                key={rule.id}
                rule={rule}
                words={words[rule.id]?.[i18n.language === "ko" ? "ko" : "en"] ?? String(rule.condition?.kind ?? "")}
                openCount={open.get(rule.id) ?? 0}
                onSwitch={(to) => (!to && open.get(rule.id) ? setSwitchedOff(rule) : setEnabled(rule, to))}
                onDelete={() => setDeleted(rule)}
              />
            ))}
          </tbody>
        </Paper>
      )}
      {pages > 1 && (
        <Pagination
          total={pages}
          value={page}
          onChange={(to) => put("page", to > 1 ? String(to) : null)}
          getControlProps={(control) => ({ "aria-label": t(`page.${control}`) })}
          getItemProps={(to) => ({ "aria-label": t("page.number", { number: to }) })}
        />
      )}
      <DeleteRuleDialog rule={deleted} onClose={() => setDeleted(null)} />
      <ConfirmDialog
        opened={switchedOff !== null}
        title={t("switchOff", { name: switchedOff?.name ?? "" })}
        action={t("switchOffAction")}
        onConfirm={() => {
          if (switchedOff) setEnabled(switchedOff, false);
          setSwitchedOff(null);
        }}
        onClose={() => setSwitchedOff(null)}
      >
        {t("openAlerts", { count: switchedOff ? (open.get(switchedOff.id) ?? 0) : 0 })}
      </ConfirmDialog>
    </Stack>
  );
}

interface RowProps {
  rule: Rule;
  words: string;
  openCount: number;
  onSwitch: (to: boolean) => void;
  onDelete: () => void;
}

function Row({ rule, words, openCount, onSwitch, onDelete }: RowProps) {
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
  const where = rule.plugin_id ?? rule.plugins ?? (labels.length ? "" : t("scope.all"));
  return <>{[where, ...labels].filter(Boolean).join(" · ")}</>;
}

/** Active alerts a rule. */
export function useOpenCounts(): ReadonlyMap<string, number> {
  const alerts = useBoard().data?.alerts;
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const alert of alerts?.values() ?? []) counts.set(alert.rule_id, (counts.get(alert.rule_id) ?? 0) + 1);
    return counts;
  }, [alerts]);
}
