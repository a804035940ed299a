import { useTranslation } from "react-i18next";
import { PageHeader } from "../../parts/PageHeader";

export function ChannelsPage() {
  const { t } = useTranslation("channels");
  return <PageHeader title={t("title")} />;
}
