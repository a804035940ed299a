/** Long-term performance: of a metric, or of alerting. */

import { SegmentedControl, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { PageHeader } from "../../parts/PageHeader";
import { AlertingTrends } from "./AlertingTrends";
import { isAlerting } from "./choice";
import { MetricTrends } from "./MetricTrends";

export function TrendsPage() {
  const { t } = useTranslation("trends");
  const [search, setSearch] = useSearchParams();
  const view = isAlerting(search) ? "alerting" : "metric";
  return (
    <>
      <PageHeader
        title={t("title")}
        text={t("text")}
        actions={
          <SegmentedControl
            value={view}
            onChange={(chosen) => setSearch(chosen === "alerting" ? { view: "alerting" } : {})}
            data={[
              { value: "metric", label: t("metric") },
              { value: "alerting", label: t("alerting") },
            ]}
            aria-label={t("view")}
          />
        }
      />
      <Stack gap="lg">{view === "alerting" ? <AlertingTrends /> : <MetricTrends />}</Stack>
    </>
  );
}
