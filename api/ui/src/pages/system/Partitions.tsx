/** Which evaluator owns each partition. */

import { useTranslation } from "react-i18next";
import type { ProcessReport, Status } from "../../api/system";
import { useFormat } from "../../format/useFormat";
import classes from "./Pipeline.module.css";

export function Partitions({ status, evaluators }: { status: Status; evaluators: readonly ProcessReport[] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const most = Math.max(100, ...status.partitions.map((one) => one.lag ?? 0));
  return (
    <table className={classes.partitions} data-testid="partitions">
      <thead>
        <tr>
          <th scope="col">{t("partition.number")}</th>
          <th scope="col">{t("partition.lag")}</th>
          <th scope="col">{t("partition.owner")}</th>
        </tr>
      </thead>
      <tbody>
        {status.partitions.map((one) => {
          const owner = evaluators.find((process) => one.owner?.startsWith(`${process.host}-${process.pid}-`));
          return (
            <tr key={one.partition} data-owned={one.owner ? "yes" : "no"}>
              <th scope="row">{one.partition}</th>
              <td>
                <span className={classes.lag}>
                  <span>{format.number(one.lag ?? 0)}</span>
                  <meter min={0} max={most} value={one.lag ?? 0} aria-hidden="true" />
                </span>
              </td>
              <td title={one.owner ?? undefined}>
                {owner && <span className={classes.dot} data-tone={toneOf(evaluators, owner)} aria-hidden="true" />}
                {owner ? owner.pid : (one.owner ?? <strong>{t("partition.nobody")}</strong>)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A number for its colour: the same beside the process and its partitions. */
export function toneOf(evaluators: readonly ProcessReport[], process: ProcessReport): number {
  return evaluators.indexOf(process) % 6;
}
