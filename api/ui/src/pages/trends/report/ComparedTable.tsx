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

export function ComparedTable({ rows, label }: { rows: readonly Compared[]; label: string }) {
  const { t } = useTranslation("report");
  const shown = useShown();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard.
    <section className={classes.scroll} tabIndex={0} aria-label={label}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("alerts")}</th>
            <th>{t("notifications")}</th>
            <th>{t("monthBefore")}</th>
            <th>{t("atNight")}</th>
            <th>{t("mtta")}</th>
            <th>{t("mttr")}</th>
            <th>{t("flapping")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const now = row.now ?? total([]);
            return (
              <tr key={row.name}>
                <td>{row.name || row.title ? row.title : t("noTeam")}</td>
                <td>{shown.count(now.alerts)}</td>
                <td>{shown.count(now.notifications)}</td>
                <td>{shown.count(row.before?.notifications ?? 0)}</td>
                <td>{shown.share(now.share_at_night)}</td>
                <td>{shown.time(now.mean_ms_to_acknowledge)}</td>
                <td>{shown.time(now.mean_ms_to_resolve)}</td>
                <td>{shown.count(now.flapping)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

export function NoisyTable({ rows, label }: { rows: MonthlyReport["noisiest"]; label: string }) {
  const { t } = useTranslation("report");
  const shown = useShown();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard.
    <section className={classes.scroll} tabIndex={0} aria-label={label}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th>{t("rule")}</th>
            <th>{t("notifications")}</th>
            <th>{t("alerts")}</th>
            <th>{t("unattended")}</th>
            <th>{t("flapping")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>{row.title}</td>
              <td>{shown.count(row.notifications)}</td>
              <td>{shown.count(row.alerts)}</td>
              <td>{shown.count(row.unattended)}</td>
              <td>{shown.count(row.flapping)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
