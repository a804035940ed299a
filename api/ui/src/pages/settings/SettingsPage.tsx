import { useTranslation } from "react-i18next";
import { PageHeader } from "../../parts/PageHeader";

export function SettingsPage() {
  const { t } = useTranslation("settings");
  return <PageHeader title={t("title")} />;
}
