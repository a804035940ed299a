/** What is shown of the board; every choice is in the address. */

import { CloseButton, MultiSelect, NativeSelect, TextInput } from "@mantine/core";
import { IconFilterOff, IconSearch } from "@tabler/icons-react";
import { memo, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { SEVERITIES } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { SEVERITY_LOOK } from "../../parts/SeverityBadge";
import classes from "./Board.module.css";
import { type Facets, GROUPINGS, type Grouping, isFiltered, STATES, type View, WHOLE } from "./view";

interface Props {
  view: View;
  facets: Facets;
  onChange: (view: View) => void;
  search: RefObject<HTMLInputElement | null>;
}

export const Filters = memo(function Filters({ view, facets, onChange, search }: Props) {
  const { t } = useTranslation("board");
  const format = useFormat();
  const chip = (isOn: boolean, onClick: () => void) =>
    ({ type: "button", className: classes.chip, "aria-pressed": isOn, onClick }) as const;
  return (
    <search className={classes.filters} aria-label={t("filter.label")}>
      <Search view={view} onChange={onChange} search={search} />
      <fieldset className={classes.chips} aria-label={t("filter.severity")}>
        {SEVERITIES.map((severity) => {
          const Icon = SEVERITY_LOOK[severity].icon;
          return (
            <button
              key={severity}
              {...chip(view.severity.includes(severity), () =>
                onChange({ ...view, severity: flipped(view.severity, severity) }),
              )}
            >
              <Icon size={14} />
              {t(`severity.${severity}`)} {format.number(facets.severity.get(severity) ?? 0)}
            </button>
          );
        })}
      </fieldset>
      <fieldset className={classes.chips} aria-label={t("filter.state")}>
        {STATES.map((state) => (
          <button
            key={state}
            {...chip(view.state.includes(state), () => onChange({ ...view, state: flipped(view.state, state) }))}
          >
            {t(`alertState.${state}`)} {format.number(facets.state.get(state) ?? 0)}
          </button>
        ))}
      </fieldset>
      <Pick
        label={t("filter.plugin")}
        known={facets.plugin}
        chosen={view.plugin}
        onChange={(plugin) => onChange({ ...view, plugin })}
      />
      <Pick
        label={t("filter.rule")}
        known={facets.rule}
        chosen={view.rule}
        onChange={(rule) => onChange({ ...view, rule })}
      />
      <NativeSelect
        aria-label={t("group.label")}
        value={view.group}
        onChange={(event) => onChange({ ...view, group: event.currentTarget.value as Grouping })}
        data={GROUPINGS.map((value) => ({ value, label: t(`group.${value}`) }))}
      />
      {isFiltered(view) && (
        <button type="button" className={classes.chip} onClick={() => onChange({ ...WHOLE, group: view.group })}>
          <IconFilterOff size={14} />
          {t("filter.clear")}
        </button>
      )}
    </search>
  );
});

/** What is typed stands in the field at once, and in the address when the typing rests. */
function Search({ view, onChange, search }: Omit<Props, "facets">) {
  const { t } = useTranslation("board");
  const [text, setText] = useState(view.text);
  useEffect(() => setText(view.text), [view.text]);
  useEffect(() => {
    if (text === view.text) return;
    const timer = setTimeout(() => onChange({ ...view, text }), 150);
    return () => clearTimeout(timer);
  }, [text, view, onChange]);
  return (
    <TextInput
      ref={search}
      className={classes.search ?? ""}
      type="search"
      aria-label={t("filter.text")}
      placeholder={t("filter.text")}
      leftSection={<IconSearch size={16} />}
      rightSection={
        text ? <CloseButton size="sm" aria-label={t("filter.clearText")} onClick={() => setText("")} /> : null
      }
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        // Back to the list, with what was found: the browser would empty the field.
        event.preventDefault();
        event.currentTarget.blur();
      }}
    />
  );
}

interface PickProps {
  label: string;
  known: ReadonlyMap<string, string>;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

function Pick({ label, known, chosen, onChange }: PickProps) {
  const { t } = useTranslation("board");
  // What was chosen may have left the board; it stays chosen, and is shown.
  const data = [...new Set([...chosen, ...known.keys()])].map((value) => ({ value, label: known.get(value) ?? value }));
  return (
    <MultiSelect
      className={classes.pick ?? ""}
      aria-label={label}
      placeholder={chosen.length ? "" : label}
      data={data}
      value={[...chosen]}
      onChange={onChange}
      searchable
      clearable
      limit={100}
      comboboxProps={{ keepMounted: false }}
      clearButtonProps={{ "aria-label": t("filter.clear") }}
      nothingFoundMessage={t("filter.none")}
    />
  );
}

function flipped<T>(chosen: readonly T[], one: T): T[] {
  return chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
}
