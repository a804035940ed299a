import { useTranslation } from "react-i18next";
import { PageHeader } from "../../parts/PageHeader";

export function StatisticsPage() {
  const { t } = useTranslation("statistics");
  return <PageHeader title={t("title")} />;
}
