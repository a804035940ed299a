/** Figures of a month beside those of the month before. */

import { useTranslation } from "react-i18next";
import type { Compared, MonthlyReport } from "../../../api/trends";
import { useFormat } from "../../../format/useFormat";
import { total } from "../figures";
import classes from "./MonthReport.module.css";

const COUNTS = ["alerts", "notifications", "flapping"] as const;
const TIMES = { mtta: "mean_ms_to_acknowledge", mttr: "mean_ms_to_resolve" } as const;

function useShown() {
  const format = useFormat();
  return {
    share: (value: number | null) => (value === null ? "–" : format.percent(value)),
    time: (ms: number | null) => (ms === null ? "–" : format.duration(ms)),
    count: (value: number) => format.number(value),
  };
}

/** All of the month, in large figures. */
export function Figures({ all }: { all: Compared }) {
  const { t } = useTranslation("report");
  const shown = useShown();
  const [now, before] = [all.now, all.before].map((one) => one ?? total([])) as [
    ReturnType<typeof total>,
    ReturnType<typeof total>,
  ];
  const figures: [string, string, string][] = [
    ...COUNTS.slice(0, 2).map((name): [string, string, string] => [
      t(name),
      shown.count(now[name]),
      shown.count(before[name]),
    ]),
    [t("atNight"), shown.share(now.share_at_night), shown.share(before.share_at_night)],
    ...(["mtta", "mttr"] as const).map((name): [string, string, string] => [
      t(name),
      shown.time(now[TIMES[name]]),
      shown.time(before[TIMES[name]]),
    ]),
    [t("flapping"), shown.count(now.flapping), shown.count(before.flapping)],
  ];
  return (
    <dl className={classes.figures} aria-label={t("alerting")}>
      {figures.map(([name, value, earlier]) => (
        <div key={name} className={classes.figure}>
          <dt>{name}</dt>
          <dd>
            <span className={classes.value}>{value}</span>
            <span className={classes.before}>{t("before", { value: earlier })}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface Row {
  key: string;
  cells: readonly string[];
}

function FigureTable({ label, heads, rows }: { label: string; heads: readonly string[]; rows: readonly Row[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard.
    <section className={classes.scroll} tabIndex={0} aria-label={label}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {heads.map((head, place) => (
                <td key={head}>{cells[place]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function ComparedTable({ rows, label }: { rows: readonly Compared[]; label: string }) {
  const { t } = useTranslation("report");
  const shown = useShown();
  const heads = ["name", "alerts", "notifications", "monthBefore", "atNight", "mtta", "mttr", "flapping"] as const;
  return (
    <FigureTable
      label={label}
      heads={heads.map((head) => t(head))}
      rows={rows.map((row) => {
        const now = row.now ?? total([]);
        return {
          key: row.name,
          cells: [
            row.name || row.title ? row.title : t("noTeam"),
            shown.count(now.alerts),
            shown.count(now.notifications),
            shown.count(row.before?.notifications ?? 0),
            shown.share(now.share_at_night),
            shown.time(now.mean_ms_to_acknowledge),
            shown.time(now.mean_ms_to_resolve),
            shown.count(now.flapping),
          ],
        };
      })}
    />
  );
}

export function NoisyTable({ rows, label }: { rows: MonthlyReport["noisiest"]; label: string }) {
  const { t } = useTranslation("report");
  const shown = useShown();
  const counts = ["notifications", "alerts", "unattended", "flapping"] as const;
  return (
    <FigureTable
      label={label}
      heads={[t("rule"), ...counts.map((count) => t(count))]}
      rows={rows.map((row) => ({
        key: row.name,
        cells: [row.title, ...counts.map((count) => shown.count(row[count]))],
      }))}
    />
  );
}
