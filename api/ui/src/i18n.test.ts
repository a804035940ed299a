import { expect, it } from "vitest";
import { createI18n } from "./i18n";

it("writes a count as other numbers are written, and leaves names alone", () => {
  const { t } = createI18n("en");

  expect(t("toasts.more", { count: 3006 })).toContain("3,006");
  expect(t("toasts.more", { count: 1 })).toContain("1 more");
  expect(createI18n("ko").t("toasts.more", { count: 3006 })).toContain("3,006");
});
