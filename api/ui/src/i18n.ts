/** Korean and English. The board's words come with the first load, each other page's with the page. */

import i18next, { type FormatterModule, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { formatNumber } from "./format/units";
import boardEn from "./locales/en/board.json";
import commonEn from "./locales/en/common.json";
import boardKo from "./locales/ko/board.json";
import commonKo from "./locales/ko/common.json";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
/** Names of what is counted in sentences; other numbers, such as versions, are not grouped. */
const COUNTS: readonly unknown[] = ["count", "most", "total", "all", "series", "read", "seen"];
const STORED = "enhanced-alerts-language";

const later = import.meta.glob<{ default: Record<string, string> }>([
  "./locales/*/*.json",
  "!./locales/*/common.json",
  "!./locales/*/board.json",
]);

/** The language chosen before, or the browser's. */
export function preferredLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    if (stored === "ko" || stored === "en") return stored;
  } catch {
    // Storage is closed to us.
  }
  return navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
}

/** An instance of its own, so that a page that embeds the component keeps its own words. */
export function createI18n(language: Language = preferredLanguage()): i18n {
  const instance = i18next.createInstance();
  instance.use(initReactI18next).use({
    type: "backend",
    init: () => {},
    read: (of: string, namespace: string, done: (error: unknown, words: unknown) => void) => {
      const load = later[`./locales/${of}/${namespace}.json`];
      if (!load) return done(new Error(`no words for ${of}/${namespace}`), null);
      load().then(
        (module) => done(null, module.default),
        (error) => done(error, null),
      );
    },
  });
  instance.use({
    type: "formatter",
    init: () => {},
    add: () => {},
    addCached: () => {},
    format: (value: unknown, _: string | undefined, of: string | undefined, options: Record<string, unknown> = {}) =>
      typeof value === "number" && COUNTS.includes(options.interpolationkey)
        ? formatNumber(value, of ?? language)
        : (value as string),
  } satisfies FormatterModule);
  void instance.init({
    lng: language,
    fallbackLng: false,
    supportedLngs: LANGUAGES,
    ns: ["common", "board"],
    defaultNS: "common",
    fallbackNS: "common",
    resources: { en: { common: commonEn, board: boardEn }, ko: { common: commonKo, board: boardKo } },
    partialBundledLanguages: true,
    initAsync: false,
    // A count is written as all other numbers are: 3,006 beside 3,011.
    interpolation: { escapeValue: false, alwaysFormat: true },
    returnNull: false,
  });
  instance.on("languageChanged", (chosen) => {
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      // It holds for this visit.
    }
  });
  return instance;
}
