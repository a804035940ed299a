import { useTranslation } from "react-i18next";
import { PageHeader } from "../../parts/PageHeader";

export function SystemPage() {
  const { t } = useTranslation("system");
  return <PageHeader title={t("title")} />;
}
