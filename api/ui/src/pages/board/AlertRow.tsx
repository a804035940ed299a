/** One alert of the board: what, how bad, since when, who knows. */

import { IconBellZ, IconCheck, IconCircleCheck } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { type MouseEvent, memo } from "react";
import { Link } from "wouter";
import type { Act } from "../../api/alerts";
import type { Sample } from "../../api/series";
import type { Alert } from "../../api/types";
import { useFormat } from "../../format/useFormat";
import { useWho } from "../../format/useWho";
import type { Told } from "../../live/board";
import type { HeldWords } from "../../parts/Held";
import { SeverityBadge } from "../../parts/SeverityBadge";
import { TimeAgo } from "../../parts/TimeAgo";
import classes from "./Board.module.css";
import { Sparkline } from "./Sparkline";

export interface RowActs {
  select: (id: string, isRange: boolean) => void;
  activate: (id: string) => void;
  act: (alert: Alert, act: Act) => void;
  silence: (alert: Alert) => void;
}

interface Props {
  alert: Alert;
  told: Told | undefined;
  samples: readonly Sample[] | undefined;
  isSelected: boolean;
  isActive: boolean;
  mayAct: boolean;
  acts: RowActs;
  /** Words, looked up by the list for all its rows: looking takes longer than drawing, and a scroll draws hundreds. */
  t: TFunction<"board">;
  held: HeldWords;
}

const NO_SAMPLES: readonly Sample[] = [];

export const AlertRow = memo(function AlertRow(props: Props) {
  const { alert, told, samples = NO_SAMPLES, isSelected, isActive, mayAct, acts, t, held } = props;
  const format = useFormat();
  const who = useWho();
  const names = { rule: alert.rule_name, plugin: alert.plugin_name || alert.plugin_id };
  const place = alert.parent_id ? `${names.plugin} · ${alert.parent_id}` : names.plugin;
  return (
    <div
      className={classes.row}
      data-severity={alert.severity}
      {...(isSelected ? { "data-selected": true } : {})}
      {...(isActive ? { "data-active": true } : {})}
    >
      {mayAct ? (
        <input
          type="checkbox"
          className={classes.check}
          checked={isSelected}
          aria-label={t("selectLabel", names)}
          onChange={() => {}}
          onClick={(event: MouseEvent) => acts.select(alert.id, event.shiftKey)}
        />
      ) : (
        <span className={classes.check} />
      )}
      <span className={classes.severity}>
        <SeverityBadge severity={alert.severity} />
      </span>
      <span className={classes.main}>
        <Link
          href={`/alerts/${alert.id}`}
          className={classes.name}
          title={alert.rule_name}
          onFocus={() => acts.activate(alert.id)}
        >
          {alert.rule_name}
        </Link>
        <span className={classes.dim} title={`${place} · ${alert.condition}`}>
          {place}
        </span>
      </span>
      <span className={classes.value} title={alert.condition}>
        {alert.value === null ? (
          <span className={classes.dim}>{alert.condition}</span>
        ) : (
          <>
            <span className={`${classes.one} ${classes.number}`}>
              {format.value(alert.value, alert.metric, [alert.threshold])}
            </span>
            <span className={classes.dim}>
              {alert.threshold === null
                ? alert.condition
                : t("limit", { value: format.value(alert.threshold, alert.metric, [alert.value]) })}
            </span>
          </>
        )}
      </span>
      <Sparkline samples={samples} threshold={alert.threshold} />
      <span className={classes.when}>
        <span className={`${classes.one} ${classes.age}`}>
          <TimeAgo atMs={alert.started_at_ms} />
        </span>
        <span className={classes.told}>
          <WhoKnows alert={alert} told={told} t={t} held={held} />
        </span>
      </span>
      <span className={classes.state}>
        <span className={classes.one}>{t(`alertState.${alert.state}`)}</span>
        {alert.state === "acknowledged" && alert.acknowledged_by ? (
          <span className={classes.dim} title={alert.assignee && t("assignee", { name: alert.assignee })}>
            {t("by", { name: who(alert.acknowledged_by, alert.acknowledged_by_principal) })}
          </span>
        ) : alert.assignee ? (
          <span className={classes.dim}>{t("assignee", { name: alert.assignee })}</span>
        ) : null}
      </span>
      {mayAct && (
        <span className={classes.acts}>
          {alert.state === "firing" && (
            <button
              type="button"
              className={classes.act}
              title={t("action.acknowledge")}
              aria-label={t("acknowledgeLabel", names)}
              onClick={() => acts.act(alert, "acknowledge")}
            >
              <IconCheck size={18} />
            </button>
          )}
          {alert.state !== "pending" && (
            <button
              type="button"
              className={classes.act}
              title={t("action.resolve")}
              aria-label={t("resolveLabel", names)}
              onClick={() => acts.act(alert, "resolve")}
            >
              <IconCircleCheck size={18} />
            </button>
          )}
          <button
            type="button"
            className={classes.act}
            title={t("silence.action")}
            aria-label={t("silenceLabel", names)}
            onClick={() => acts.silence(alert)}
          >
            <IconBellZ size={18} />
          </button>
        </span>
      )}
    </div>
  );
});

/** What holds it back from the channels, or which of them were told. */
function WhoKnows({ alert, told, t, held }: Pick<Props, "alert" | "told" | "t" | "held">) {
  const words = held(alert);
  if (words.length) {
    return (
      <>
        {words.map(({ step, word, reason }) => (
          <span key={step} className={classes.held} title={reason} data-held={step}>
            {word}
          </span>
        ))}
      </>
    );
  }
  const channels = Object.keys(told ?? {});
  const text = channels.length
    ? t("told", { channels: channels.join(", ") })
    : alert.state === "pending"
      ? t("toldWhenFiring")
      : t("toldNobody");
  return (
    <span className={classes.dim} title={text}>
      {text}
    </span>
  );
}
