/** Reasons put into words: the server sends a code with values, the sentence is in the language shown. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "./useFormat";

export interface Reason {
  code?: string;
  values?: Record<string, unknown>;
}

/** Values that are measured in the unit of the metric they belong to. */
const IN_METRIC_UNIT = ["value", "threshold", "recover_threshold"];
const KEEPS_UNIT = /^window\.(avg|min|max|sum|p50|p95|p99|stddev)$/;

/** Returns the sentence of a reason; *text*, the server's own, where there is no code or this page has no sentence. */
export type ReasonText = (reason: Reason, text: string) => string;

export function useReasonText(): ReasonText {
  const { t, i18n } = useTranslation("reasons", { useSuspense: false });
  const format = useFormat();
  return useCallback(
    (reason, text) => {
      // Codes come from the server; the compiler knows none of them.
      const say = t as unknown as (key: string, words: Record<string, string>) => string;
      const sentence = ({ code, values = {} }: Reason): string | null => {
        if (!code || !i18n.exists(`reasons:${code}`)) return null;
        const numbers = Object.values(values).filter((value) => typeof value === "number");
        const metric = metricOf(values.subject);
        const shown = (name: string, value: unknown): string => {
          if (typeof value === "number") {
            if (name.endsWith("_ms")) return format.instant(value);
            return metric && IN_METRIC_UNIT.includes(name)
              ? format.value(value, metric, numbers)
              : format.number(value, numbers);
          }
          if (typeof value === "string") {
            const code = `severity.${value}`;
            return (name === "severity" && sentence({ code })) || value;
          }
          if (Array.isArray(value)) {
            const isOfTexts = value.every((part) => typeof part === "string");
            return value.map((part) => shown(name, part)).join(isOfTexts ? ", " : "; ");
          }
          return (isReason(value) && (sentence(value) ?? value.code)) || "…";
        };
        const words = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(name, value)]));
        return say(code, words);
      };
      return sentence(reason) ?? text;
    },
    [t, i18n, format],
  );
}

const isReason = (value: unknown): value is Reason => typeof value === "object" && value !== null && "code" in value;

function metricOf(subject: unknown): string | null {
  if (typeof subject === "string") return subject;
  if (!isReason(subject) || !KEEPS_UNIT.test(subject.code ?? "")) return null;
  return typeof subject.values?.metric === "string" ? subject.values.metric : null;
}
