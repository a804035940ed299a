/** The live board: what is active now, worst first. */

import { Button, Code, Group, Text } from "@mantine/core";
import { useThrottledValue } from "@mantine/hooks";
import { IconBellZ, IconCheck, IconCircleCheck, IconFilterOff, IconShieldCheck } from "@tabler/icons-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useBoard } from "../../api/alerts";
import { useMay } from "../../api/context";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import type { Board } from "../../live/board";
import { ConfirmDialog } from "../../parts/ConfirmDialog";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { SilenceDialog } from "../../parts/SilenceDialog";
import { useShortcuts } from "../../shell/shortcuts";
import { AlertList, type ListHandle } from "./AlertList";
import type { RowActs } from "./AlertRow";
import { Banner } from "./Banner";
import classes from "./Board.module.css";
import { Filters } from "./Filters";
import { NotificationsMenu } from "./NotificationsMenu";
import { NONE, selected } from "./selection";
import { useActs } from "./useActs";
import { facetsOf, filtered, isFiltered, rowsOf, searchOf, type View, viewOf, WHOLE } from "./view";

export function BoardPage() {
  const { t } = useTranslation("board");
  const format = useFormat();
  const board = useBoard();
  const count = board.data ? (board.data.expected ?? board.data.alerts.size) : 0;
  return (
    <>
      <PageHeader
        title={t("title")}
        text={board.data ? t("count", { count, number: format.number(count) }) : t("state.loading")}
        actions={<NotificationsMenu />}
        {...(count ? { tab: `(${count})` } : {})}
      />
      <Banner />
      <Loaded query={board}>
        {(data) =>
          data.alerts.size ? (
            <Alerts board={data} />
          ) : (
            <EmptyState icon={<IconShieldCheck size={48} stroke={1.2} />} title={t("empty")} text={t("emptyHint")}>
              <Code block>enhanced-alerts publish demo cpu_usage=95</Code>
            </EmptyState>
          )
        }
      </Loaded>
    </>
  );
}

function Alerts({ board }: { board: Board }) {
  const { t } = useTranslation("board");
  const format = useFormat();
  const mayAct = useMay("operator");
  const [search, setSearch] = useSearchParams();
  const view = useMemo(() => viewOf(search), [search]);
  const setView = useCallback((next: View) => setSearch(searchOf(next), { replace: true }), [setSearch]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [selection, select] = useReducer(selected, NONE);
  const [silenced, setSilenced] = useState<readonly Alert[]>([]);
  const [toResolve, setToResolve] = useState<readonly Alert[]>([]);
  const searchField = useRef<HTMLInputElement>(null);
  const list = useRef<ListHandle>(null);

  // A storm must not keep somebody from scrolling: rows follow when the browser has a moment.
  const { order, told, alerts, expected } = useDeferredValue(board);
  const slow = useThrottledValue(order, 1_000);
  const facets = useMemo(() => facetsOf(slow), [slow]);
  const shown = useMemo(() => filtered(order, view), [order, view]);
  const rows = useMemo(() => rowsOf(shown, view.group, closed), [shown, view.group, closed]);
  const ids = useMemo(() => rows.flatMap((row) => (row.kind === "alert" ? [row.alert.id] : [])), [rows]);

  const latest = useRef({ alerts, ids });
  const place = useRef(0);
  useEffect(() => {
    latest.current = { alerts, ids };
    select({ type: "changed", has: (id) => alerts.has(id) });
  }, [alerts, ids]);

  // The active alert left: the one that took its place is the active one, and has the focus if that was in the list.
  useEffect(() => {
    if (selection.active === null) return;
    const at = ids.indexOf(selection.active);
    if (at >= 0) {
      place.current = at;
      return;
    }
    const next = ids[Math.min(place.current, ids.length - 1)] ?? null;
    select({ type: "activated", id: next });
    if (next !== null && document.activeElement === document.body) list.current?.focus(next);
  }, [ids, selection.active]);

  const { one, many, isBusy } = useActs();
  const chosen = useCallback((): Alert[] => {
    const ids = selection.ids.size ? selection.ids : selection.active === null ? [] : [selection.active];
    return [...ids].flatMap((id) => latest.current.alerts.get(id) ?? []);
  }, [selection]);
  const acknowledge = () => {
    const some = chosen().filter((alert) => alert.state === "firing");
    if (selection.ids.size) many(some, "acknowledge", () => select({ type: "cleared" }));
    else for (const alert of some) one(alert, "acknowledge");
  };
  const resolve = () => {
    const some = chosen().filter((alert) => alert.state !== "pending");
    setToResolve(some);
  };
  const move = (by: number) => {
    const next = selected(selection, { type: "moved", by, order: ids }).active;
    select({ type: "activated", id: next });
    if (next !== null) list.current?.focus(next);
  };
  useShortcuts([
    { keys: "j", label: t("key.next"), run: () => move(1) },
    { keys: "k", label: t("key.previous"), run: () => move(-1) },
    { keys: "Enter", label: t("key.open"), isNative: true, run: () => {} },
    { keys: "/", label: t("key.search"), run: () => searchField.current?.focus() },
    ...(mayAct
      ? [
          {
            keys: "x",
            label: t("key.select"),
            run: () => selection.active !== null && select({ type: "toggled", id: selection.active }),
          },
          { keys: "a", label: t("key.acknowledge"), run: acknowledge },
          { keys: "r", label: t("key.resolve"), run: resolve },
          { keys: "s", label: t("key.silence"), run: () => setSilenced(chosen()) },
          { keys: "Escape", label: t("key.clear"), run: () => select({ type: "cleared" }) },
        ]
      : []),
  ]);

  const acts = useMemo<RowActs>(
    () => ({
      select: (id, isRange) =>
        select(isRange ? { type: "ranged", id, order: latest.current.ids } : { type: "toggled", id }),
      activate: (id) => select({ type: "activated", id }),
      // To resolve tells people that it is over: a slip of a finger must not.
      act: (alert, act) => (act === "resolve" ? setToResolve([alert]) : one(alert, act)),
      silence: (alert) => setSilenced([alert]),
    }),
    [one],
  );
  const fold = useCallback(
    (key: string) =>
      setClosed((before) => {
        const after = new Set(before);
        if (!after.delete(key)) after.add(key);
        return after;
      }),
    [],
  );
  const selectGroup = useCallback(
    (ids: readonly string[], isSelected: boolean) => select({ type: "set", ids, isSelected }),
    [],
  );
  const isAll =
    shown.length > 0 && selection.ids.size >= shown.length && shown.every(({ id }) => selection.ids.has(id));
  const number = format.number(selection.ids.size);
  const tells = [...new Set(toResolve.flatMap((alert) => Object.keys(told.get(alert.id) ?? {})))].sort();
  return (
    <>
      <Filters view={view} facets={facets} onChange={setView} search={searchField} />
      <div className={classes.bar} role="toolbar" aria-label={t("bar.label")}>
        {mayAct ? (
          <label className={classes.all} data-testid="all">
            <input
              type="checkbox"
              className={classes.check}
              checked={isAll}
              ref={(box) => {
                if (box) box.indeterminate = !isAll && selection.ids.size > 0;
              }}
              onChange={() =>
                select(isAll ? { type: "cleared" } : { type: "set", ids: shown.map(({ id }) => id), isSelected: true })
              }
            />
            {selection.ids.size
              ? t("bar.selected", { count: selection.ids.size, number })
              : t("bar.selectAll", { count: shown.length, number: format.number(shown.length) })}
          </label>
        ) : (
          <span className={classes.all} data-testid="all">
            {t("bar.shown", { count: shown.length, number: format.number(shown.length) })}
          </span>
        )}
        {expected !== null && (
          <Text size="sm" c="dimmed" role="status" data-testid="reading">
            {t("bar.reading", { read: format.number(alerts.size), all: format.number(expected) })}
          </Text>
        )}
        {selection.ids.size > 0 && (
          <Group gap="xs">
            <Button size="xs" leftSection={<IconCheck size={16} />} loading={isBusy} onClick={acknowledge}>
              {t("action.acknowledge")}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconCircleCheck size={16} />}
              disabled={isBusy}
              onClick={resolve}
            >
              {t("action.resolve")}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconBellZ size={16} />}
              onClick={() => setSilenced(chosen())}
            >
              {t("silence.action")}
            </Button>
          </Group>
        )}
      </div>
      {shown.length ? (
        <AlertList
          rows={rows}
          grouping={view.group}
          told={told}
          selection={selection}
          closed={closed}
          mayAct={mayAct}
          acts={acts}
          onFold={fold}
          onSelectGroup={selectGroup}
          handle={list}
        />
      ) : (
        isFiltered(view) && (
          <EmptyState
            icon={<IconFilterOff size={48} stroke={1.2} />}
            title={t("noneFits")}
            text={t("noneFitsHint", { count: order.length, number: format.number(order.length) })}
          >
            <Button variant="default" onClick={() => setView({ ...WHOLE, group: view.group })}>
              {t("filter.clear")}
            </Button>
          </EmptyState>
        )
      )}
      <SilenceDialog alerts={silenced} onClose={() => setSilenced([])} />
      <ConfirmDialog
        opened={toResolve.length > 0}
        title={t("confirmResolve.title", { count: toResolve.length, number: format.number(toResolve.length) })}
        action={t("action.resolve")}
        isBusy={isBusy}
        onConfirm={() => {
          many(toResolve, "resolve", () => select({ type: "cleared" }));
          setToResolve([]);
        }}
        onClose={() => setToResolve([])}
      >
        {t("confirmResolve.text")}
        {tells.length > 0 && (
          <Text size="sm" mt="xs" data-testid="will-tell">
            {t("confirmResolve.tells", { channels: tells.join(", ") })}
          </Text>
        )}
      </ConfirmDialog>
    </>
  );
}
