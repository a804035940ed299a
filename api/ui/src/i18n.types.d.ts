import type alert from "./locales/en/alert.json";
import type board from "./locales/en/board.json";
import type channels from "./locales/en/channels.json";
import type common from "./locales/en/common.json";
import type fields from "./locales/en/fields.json";
import type imports from "./locales/en/imports.json";
import type plugins from "./locales/en/plugins.json";
import type reasons from "./locales/en/reasons.json";
import type report from "./locales/en/report.json";
import type routes from "./locales/en/routes.json";
import type rules from "./locales/en/rules.json";
import type search from "./locales/en/search.json";
import type settings from "./locales/en/settings.json";
import type silences from "./locales/en/silences.json";
import type statistics from "./locales/en/statistics.json";
import type system from "./locales/en/system.json";
import type trends from "./locales/en/trends.json";
import type webhooks from "./locales/en/webhooks.json";

// Typed keys: a `t("…")` that no locale file holds does not compile.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    fallbackNS: "common";
    resources: {
      alert: typeof alert;
      board: typeof board;
      channels: typeof channels;
      common: typeof common;
      fields: typeof fields;
      imports: typeof imports;
      plugins: typeof plugins;
      reasons: typeof reasons;
      routes: typeof routes;
      report: typeof report;
      rules: typeof rules;
      search: typeof search;
      settings: typeof settings;
      silences: typeof silences;
      statistics: typeof statistics;
      system: typeof system;
      trends: typeof trends;
      webhooks: typeof webhooks;
    };
  }
}
