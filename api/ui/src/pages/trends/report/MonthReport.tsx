/** The report of one month: what a team lead reads, prints, and passes on. */

import { Alert, Button, Group, Select, Stack, Text, Title } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type MonthlyReport, useMonthlyReport } from "../../../api/trends";
import { useFormat } from "../../../format/useFormat";
import { Loaded } from "../../../parts/Loaded";
import { lastMonths, monthChoice, noonOf, timezone } from "../choice";
import { ComparedTable, Figures, NoisyTable } from "./ComparedTable";
import { MailSchedule } from "./MailSchedule";
import { Metrics } from "./Metrics";
import classes from "./MonthReport.module.css";
import { Part } from "./Part";

const MONTHS = 25;

export function MonthReport() {
  const { t } = useTranslation("report");
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const month = monthChoice(search);
  const report = useMonthlyReport(timezone(), month);
  const months = lastMonths(Date.now(), MONTHS);
  const shown = month ?? report.data?.month ?? months[1] ?? null;
  return (
    <>
      <Group gap="sm" className={classes.hidden}>
        <Select
          value={shown}
          data={[...new Set([...months, ...(shown ? [shown] : [])])].map((one) => ({
            value: one,
            label: format.month(noonOf(`${one}-15`)),
          }))}
          onChange={(chosen) => chosen && setSearch({ view: "report", month: chosen })}
          allowDeselect={false}
          searchable
          aria-label={t("month")}
          w={200}
        />
        <Button
          variant="default"
          leftSection={<IconPrinter size={18} />}
          onClick={() => window.print()}
          disabled={!report.data}
        >
          {t("print")}
        </Button>
        <MailSchedule />
      </Group>
      <Loaded query={report}>{(data) => <Sheet data={data} />}</Loaded>
    </>
  );
}

function Sheet({ data }: { data: MonthlyReport }) {
  const { t } = useTranslation("report");
  const format = useFormat();
  const name = (month: string) => format.month(noonOf(`${month}-15`));
  const compared = (title: string, text: string, rows: MonthlyReport["teams"], leftOut: number | undefined) => (
    <Part title={title} text={text}>
      <ComparedTable rows={rows} label={title} />
      {leftOut ? (
        <Text size="sm" c="dimmed" mt={4}>
          {t("leftOut", { count: leftOut })}
        </Text>
      ) : null}
    </Part>
  );
  return (
    <Stack gap="lg" className={classes.sheet} data-testid="report">
      <div>
        <Title order={3} size="h3">
          {t("of", { month: name(data.month) })}
        </Title>
        <Text size="sm" c="dimmed">
          {t("about", { timezone: data.timezone, before: name(data.before), at: format.instant(data.computed_at_ms) })}
        </Text>
      </div>
      {!data.is_over && (
        <Alert color="yellow" variant="light">
          {t("notOver")}
        </Alert>
      )}
      <Missing data={data} />
      <Part title={t("alerting")} text={t("alertingText")}>
        <Figures all={data.all} />
      </Part>
      {data.noisiest.length > 0 && (
        <Part title={t("noisiest")} text={t("noisiestText")}>
          <NoisyTable rows={data.noisiest} label={t("noisiest")} />
        </Part>
      )}
      <Metrics data={data} />
      {data.teams.length > 0 && compared(t("teams"), t("teamsText"), data.teams, data.left_out.teams)}
      {data.rules.length > 0 && compared(t("rules"), t("comparedText"), data.rules, data.left_out.rules)}
      {data.plugins.length > 0 && compared(t("plugins"), t("comparedText"), data.plugins, data.left_out.plugins)}
    </Stack>
  );
}

/** What the archive does not know of the month: a low figure may be a lost one. */
function Missing({ data }: { data: MonthlyReport }) {
  const { t } = useTranslation("report");
  const format = useFormat();
  const { entries, more, days } = data.missing;
  const isYounger = data.first_at_ms === null || data.first_at_ms > data.from_ms;
  if (!entries.length && !days.length && !isYounger) return null;
  return (
    <Alert color="orange" variant="light" title={t("missing")}>
      <ul className={classes.list}>
        {isYounger && (
          <li>
            {data.first_at_ms === null ? t("noAlerts") : t("alertsSince", { at: format.instant(data.first_at_ms) })}
          </li>
        )}
        {entries.map((gap) => (
          <li key={`${gap.from_ms}-${gap.to_ms}-${gap.entries}`}>
            {t("lost", { count: gap.entries, from: format.instant(gap.from_ms), to: format.instant(gap.to_ms) })}
          </li>
        ))}
        {more > 0 && <li>{t("lostMore", { count: more })}</li>}
        {days.length > 0 && <li>{t("noSamples", { days: days.map((day) => format.date(noonOf(day))).join(", ") })}</li>}
      </ul>
    </Alert>
  );
}
