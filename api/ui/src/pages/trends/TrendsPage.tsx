/** Long-term performance: of a metric, of alerting, or all that matters of one month. */

import { Center, Loader, SegmentedControl, Stack } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { PageHeader } from "../../parts/PageHeader";
import { AlertingTrends } from "./AlertingTrends";
import { VIEWS, viewOf } from "./choice";
import { MetricTrends } from "./MetricTrends";

const MonthReport = lazy(() => import("./report/MonthReport").then((m) => ({ default: m.MonthReport })));

export function TrendsPage() {
  const { t } = useTranslation("trends");
  const [search, setSearch] = useSearchParams();
  const view = viewOf(search);
  return (
    <>
      <div data-print="hidden">
        <PageHeader
          title={view === "report" ? t("report") : t("title")}
          text={view === "report" ? t("reportText") : t("text")}
          actions={
            <SegmentedControl
              value={view}
              onChange={(chosen) => setSearch(chosen === "metric" ? {} : { view: chosen })}
              data={VIEWS.map((one) => ({ value: one, label: t(one) }))}
              aria-label={t("view")}
            />
          }
        />
      </div>
      <Stack gap="lg">
        {view === "metric" && <MetricTrends />}
        {view === "alerting" && <AlertingTrends />}
        {view === "report" && (
          <Suspense
            fallback={
              <Center h={240}>
                <Loader />
              </Center>
            }
          >
            <MonthReport />
          </Suspense>
        )}
      </Stack>
    </>
  );
}
