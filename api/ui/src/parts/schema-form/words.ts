/** The words of a schema's fields: ours if the locale has them, else the schema's. */

import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Field, readable } from "./schema";

export function useFieldWords() {
  const { i18n } = useTranslation("fields");
  const language = i18n.language;
  return useMemo(() => {
    /** The first of *keys* that the locale has. */
    const ours = (...keys: string[]): string | undefined => {
      for (const key of keys) {
        const found: unknown = i18n.getResource(language, "fields", key);
        if (typeof found === "string") return found;
      }
      return undefined;
    };
    return {
      label: (scope: string, field: Pick<Field, "name" | "title">) =>
        ours(`label.${scope}_${field.name}`, `label.${field.name}`) ?? readable(field.title),
      help: (scope: string, field: Pick<Field, "name" | "help">) =>
        ours(`help.${scope}_${field.name}`, `help.${field.name}`) ?? field.help,
      choice: (scope: string, name: string, value: string) =>
        ours(`choice.${scope}_${name}.${value}`, `choice.${name}.${value}`) ?? value,
      /** Of a kind of channel or condition. */
      kind: (of: "condition" | "channel", kind: string) => ours(`${of}.${kind}`) ?? readable(kind),
      kindHelp: (of: "condition" | "channel", kind: string, text = "") => ours(`${of}Help.${kind}`) ?? text,
    };
  }, [i18n, language]);
}
