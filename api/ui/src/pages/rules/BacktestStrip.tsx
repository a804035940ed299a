/** What the rule being written would have done over the last days, beside the rule as it is now. */

import { Alert, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Backtest, type Firing, useBacktest } from "../../api/backtests";
import { asProblem } from "../../api/problem";
import type { RuleBody } from "../../api/rules";
import { useFormat } from "../../format/useFormat";
import { useProblemText } from "../../parts/useProblemText";
import { timezone } from "../trends/choice";
import classes from "./BacktestStrip.module.css";

const HOUR_MS = 3_600_000;

export function BacktestStrip({ rule, metric }: { rule: RuleBody | null; metric: string }) {
  const { t } = useTranslation("rules");
  const problemText = useProblemText();
  const { standing, result, isOld, error } = useBacktest(rule, timezone());
  if (rule === null && result === null) return null;
  return (
    <Paper withBorder p="md" component="section" aria-label={t("backtest.title")} data-testid="backtest">
      <Stack gap="xs">
        <Title order={3} size="h5">
          {t("backtest.title")}
        </Title>
        {error !== null ? (
          <Alert variant="light" color="gray">
            {problemText.detail(asProblem(error))}
          </Alert>
        ) : (
          <>
            {isOld && rule !== null && (
              <>
                <Text size="sm" c="dimmed">
                  {standing?.total ? t("backtest.progress", standing) : t("backtest.waiting")}
                </Text>
                <Progress
                  value={standing?.total ? (100 * standing.done) / standing.total : 100}
                  animated
                  size="sm"
                  aria-label={t("backtest.waiting")}
                />
              </>
            )}
            {result && (
              <Stack gap="xs" className={isOld ? classes.old : undefined} aria-live="polite">
                <Figures result={result} />
                <Tracks result={result} metric={metric} />
                <Limits result={result} />
              </Stack>
            )}
          </>
        )}
      </Stack>
    </Paper>
  );
}

function Figures({ result }: { result: Backtest }) {
  const { t } = useTranslation("rules");
  const { draft, now, comparison } = result;
  const channels = Object.entries(draft.by_channel).map(([channel, count]) => `${channel} ${count}`);
  const isSame = comparison && comparison.missed + comparison.added === 0;
  return (
    <>
      <Text fw={600} data-testid="backtest-firings">
        {draft.firings ? t("backtest.firings", { count: draft.firings }) : t("backtest.noFirings")}
        {draft.firings > 0 &&
          ` — ${t("backtest.notifications", { count: draft.notifications, night: draft.at_night })}`}
      </Text>
      {channels.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("backtest.byChannel", { channels: channels.join(", ") })}
        </Text>
      )}
      {now && comparison && (
        <>
          <Text size="sm">
            {t("backtest.now", { count: now.firings, notifications: now.notifications, night: now.at_night })}
          </Text>
          {isSame ? (
            <Text size="sm">{t("backtest.same")}</Text>
          ) : (
            <>
              <Text size="sm" c={comparison.missed_acknowledged ? "red" : undefined}>
                {t("backtest.missed", { count: comparison.missed, acknowledged: comparison.missed_acknowledged })}
              </Text>
              <Text size="sm">{t("backtest.added", { count: comparison.added })}</Text>
            </>
          )}
        </>
      )}
    </>
  );
}

function Tracks({ result, metric }: { result: Backtest; metric: string }) {
  const { t } = useTranslation("rules");
  const format = useFormat();
  const { from_ms: fromMs, until_ms: untilMs, draft, now } = result;
  const place = (firing: Firing) => {
    const beginMs = Math.max(fromMs, firing.fired_at_ms);
    const left = (100 * (beginMs - fromMs)) / (untilMs - fromMs);
    const width = (100 * ((firing.resolved_at_ms ?? untilMs) - beginMs)) / (untilMs - fromMs);
    return { left: `${left}%`, width: `${Math.max(0, width)}%` };
  };
  const words = (firing: Firing) => {
    const from = format.instant(firing.fired_at_ms);
    const when =
      firing.resolved_at_ms === null
        ? t("backtest.spanOpen", { plugin: firing.plugin_id, from })
        : t("backtest.span", { plugin: firing.plugin_id, from, to: format.instant(firing.resolved_at_ms) });
    return firing.worst === null
      ? when
      : `${when}, ${t("backtest.worst", { value: format.value(firing.worst, metric) })}`;
  };
  const rows = [
    { name: t("backtest.draft"), alerts: draft.alerts, count: draft.firings, look: classes.firing },
    ...(now
      ? [
          {
            name: t("backtest.current"),
            alerts: now.alerts,
            count: now.firings,
            look: `${classes.firing} ${classes.current}`,
          },
        ]
      : []),
  ];
  return (
    <Stack gap={4}>
      {rows.map((row) => (
        <div key={row.name}>
          {now && (
            <Text size="xs" c="dimmed">
              {row.name}
            </Text>
          )}
          <div
            className={classes.track}
            role="img"
            aria-label={`${row.name}. ${t("backtest.chart", {
              from: format.instant(fromMs),
              to: format.instant(untilMs),
              count: row.count,
            })}`}
          >
            {row.alerts.map((firing) => (
              <span
                key={`${firing.plugin_id} ${firing.alert_id} ${firing.fired_at_ms}`}
                className={row.look}
                style={place(firing)}
                title={words(firing)}
                data-testid="backtest-firing"
              />
            ))}
          </div>
        </div>
      ))}
    </Stack>
  );
}

function Limits({ result }: { result: Backtest }) {
  const { t } = useTranslation("rules");
  const format = useFormat();
  const { events_from_ms: eventsFromMs, from_ms: fromMs, gaps } = result;
  return (
    <>
      {eventsFromMs === null ? (
        <Text size="sm" c="dimmed">
          {t("backtest.nothing")}
        </Text>
      ) : (
        eventsFromMs > fromMs + HOUR_MS && (
          <Text size="sm" c="dimmed">
            {t("backtest.since", { from: format.instant(eventsFromMs) })}
          </Text>
        )
      )}
      {gaps.length > 0 && (
        <Text size="sm" c="orange">
          {t("backtest.gaps", { count: gaps.length })}
        </Text>
      )}
    </>
  );
}
