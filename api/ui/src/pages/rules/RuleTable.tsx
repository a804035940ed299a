/** The rules that match the filter, page by page. */

import { Button, Pagination, Paper, Select, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useKnown } from "../../api/known";
import { type Rule, useSwitchRule } from "../../api/rules";
import { SEVERITIES } from "../../api/types";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { useNotifyFailed } from "../../parts/notify";
import { DeleteRuleDialog } from "./DeleteRuleDialog";
import classes from "./RuleList.module.css";
import { Row } from "./RuleRow";
import { filterOf, listed } from "./rows";
import { useOpenCounts } from "./useOpenCounts";

const PAGE = 50;

export function Found({ rules, words }: { rules: readonly Rule[]; words: Record<string, { en: string; ko: string }> }) {
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
