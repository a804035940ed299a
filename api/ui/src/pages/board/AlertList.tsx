/** The rows in view of however many there are. */

import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { seriesKey, useSparklines } from "../../api/series";
import type { Alert, Severity } from "../../api/types";
import type { Board } from "../../live/board";
import { useHeldWords } from "../../parts/Held";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { AlertRow, type RowActs } from "./AlertRow";
import classes from "./Board.module.css";
import type { Selection } from "./selection";
import type { Grouping, Row } from "./view";

/** From this width on, an alert is one line of columns; below, a card. */
const WIDE_PX = 880;
const ROW_REM = { wide: 3.5, narrow: 10.5 };
const GROUP_REM = 2.75;
/** Header and bar cover the top of the page. */
const COVERED_PX = 120;

export interface ListHandle {
  /** Bring the alert into view and put the focus on it. */
  focus: (id: string) => void;
}

interface Props {
  rows: readonly Row[];
  grouping: Grouping;
  told: Board["told"];
  selection: Selection;
  closed: ReadonlySet<string>;
  mayAct: boolean;
  acts: RowActs;
  onFold: (key: string) => void;
  onSelectGroup: (ids: readonly string[], isSelected: boolean) => void;
  handle: Ref<ListHandle>;
}

export function AlertList({ rows, told, selection, closed, grouping, mayAct, acts, handle, ...on }: Props) {
  const { t } = useTranslation("board");
  const held = useHeldWords();
  const { ref: sizeRef, width } = useElementSize<HTMLUListElement>();
  const list = useRef<HTMLUListElement>(null);
  const merged = useMergedRef(sizeRef, list);
  const isWide = width >= WIDE_PX;
  const rem = useMemo(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16, []);
  const rowPx = rem * (isWide ? ROW_REM.wide : ROW_REM.narrow);
  const [marginPx, setMarginPx] = useState(0);
  const focused = useRef<string | null>(null);

  // The same function while the rows are the same: with another one, every row is measured anew, in each frame of a scroll.
  const getItemKey = useCallback((at: number) => rows[at]?.key ?? at, [rows]);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (at) => (rows[at]?.kind === "group" ? GROUP_REM * rem : rowPx),
    getItemKey,
    overscan: 8,
    scrollMargin: marginPx,
    scrollPaddingStart: COVERED_PX,
    scrollPaddingEnd: 24,
    rangeExtractor: defaultRangeExtractor,
  });

  // What is above the list grows and shrinks: the banner, the filters.
  useLayoutEffect(() => {
    const top = list.current ? Math.round(list.current.getBoundingClientRect().top + window.scrollY) : 0;
    if (top !== marginPx) setMarginPx(top);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are another when these change.
  useLayoutEffect(() => virtualizer.measure(), [rowPx, grouping, closed, virtualizer]);

  const put = useCallback((): boolean => {
    const id = focused.current;
    if (id === null) return true;
    const link = list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] a`);
    if (!link) return false;
    focused.current = null;
    link.focus({ preventScroll: true });
    return true;
  }, []);
  // The row may be drawn a moment after the page has scrolled to it.
  useEffect(() => void put());
  useImperativeHandle(handle, () => ({
    focus: (id) => {
      const at = rows.findIndex((row) => row.kind === "alert" && row.alert.id === id);
      if (at < 0) return;
      focused.current = id;
      virtualizer.scrollToIndex(at, { align: "auto" });
      put();
    },
  }));

  const items = virtualizer.getVirtualItems();
  const visible = items.flatMap((item) => {
    const row = rows[item.index];
    return row?.kind === "alert" ? [row.alert] : [];
  });
  const lines = useSparklines(visible);
  return (
    <ul
      ref={merged}
      className={`${classes.list} ${isWide ? "" : classes.narrow}`}
      style={{ height: virtualizer.getTotalSize() }}
      data-testid="alerts"
    >
      {items.map((item) => {
        const row = rows[item.index];
        if (!row) return null;
        return (
          <li
            key={item.key}
            className={classes.place}
            style={{ height: item.size, transform: `translateY(${item.start - marginPx}px)` }}
            aria-setsize={rows.length}
            aria-posinset={item.index + 1}
            {...(row.kind === "alert" ? { "data-id": row.alert.id } : { "data-group": row.key })}
          >
            {row.kind === "alert" ? (
              <AlertRow
                alert={row.alert}
                told={told.get(row.alert.id)}
                samples={lines.get(seriesKey(row.alert as Alert))}
                isSelected={selection.ids.has(row.alert.id)}
                isActive={selection.active === row.alert.id}
                mayAct={mayAct}
                acts={acts}
                t={t}
                held={held}
              />
            ) : (
              <GroupRow
                row={row}
                isSeverity={grouping === "severity"}
                isClosed={closed.has(row.key)}
                isSelected={row.ids.every((id) => selection.ids.has(id))}
                mayAct={mayAct}
                {...on}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface GroupProps extends Pick<Props, "mayAct" | "onFold" | "onSelectGroup"> {
  row: Extract<Row, { kind: "group" }>;
  isSeverity: boolean;
  isClosed: boolean;
  isSelected: boolean;
}

function GroupRow({ row, isSeverity, isClosed, isSelected, mayAct, onFold, onSelectGroup }: GroupProps) {
  const { t } = useTranslation("board");
  const name = isSeverity ? t(`severity.${row.name as Severity}`) : row.name;
  const Chevron = isClosed ? IconChevronRight : IconChevronDown;
  return (
    <div className={classes.group}>
      {mayAct && (
        <input
          type="checkbox"
          className={classes.check}
          checked={isSelected}
          aria-label={t("selectGroup", { name })}
          onChange={(event) => onSelectGroup(row.ids, event.currentTarget.checked)}
        />
      )}
      <button type="button" className={classes.fold} aria-expanded={!isClosed} onClick={() => onFold(row.key)}>
        <Chevron size={18} />
        <SeverityBadge severity={row.worst} />
        {!isSeverity && <span className={classes.one}>{name}</span>}
        <span className={classes.count}>
          {t("groupCount", { count: row.count })}
          {row.unacknowledged ? ` · ${t("groupOpen", { count: row.unacknowledged })}` : ""}
        </span>
      </button>
    </div>
  );
}
