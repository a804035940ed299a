import { renderHook, waitFor } from "@testing-library/react";
import { I18nextProvider } from "react-i18next";
import { expect, it } from "vitest";
import { createI18n, type Language } from "../i18n";
import { FormatProvider } from "./useFormat";
import { useReasonText } from "./useReasonText";

const COMPARED = {
  code: "comparison.holds",
  values: { subject: "cpu_usage", value: 99.996, operator: ">", threshold: 99.99 },
};

async function reasonText(language: Language) {
  const i18n = createI18n(language);
  const { result } = renderHook(useReasonText, {
    wrapper: ({ children }) => (
      <I18nextProvider i18n={i18n}>
        <FormatProvider>{children}</FormatProvider>
      </I18nextProvider>
    ),
  });
  await waitFor(() => expect(i18n.exists("reasons:comparison.holds")).toBe(true));
  return (code: string, values: object, text = "the server's text") =>
    result.current({ code, values: values as Record<string, unknown> }, text);
}

it("says a reason in the language shown, with units and digits that tell the numbers apart", async () => {
  expect((await reasonText("en"))(COMPARED.code, COMPARED.values)).toBe("cpu_usage = 99.996 % is > 99.99 %");
  expect((await reasonText("ko"))(COMPARED.code, COMPARED.values)).toBe("cpu_usage = 99.996 %, > 99.99 % 조건 충족");
});

it("says the reasons within a reason, and lists", async () => {
  const text = await reasonText("ko");

  expect(text("fired.held", { because: COMPARED, held_s: 35 })).toBe(
    "cpu_usage = 99.996 %, > 99.99 % 조건 충족, 35초 동안 계속됨",
  );
  expect(text("escalated", { minutes: 5, channels: ["sms", "email"] })).toBe(
    "5분 동안 확인되지 않아 다음 채널에도 알림: sms, email",
  );
  expect(text("suppressed.stronger_alert", { severity: "critical", alert_id: "a", rule_name: "CPU" })).toContain(
    "심각",
  );
});

it("counts are without the metric's unit", async () => {
  const subject = { code: "window.count", values: { metric: "cpu_usage", seconds: 60 } };

  expect((await reasonText("en"))("comparison.holds", { ...COMPARED.values, subject, value: 9, threshold: 5 })).toBe(
    "count(cpu_usage over 60 s) = 9 is > 5",
  );
});

it("falls back to the server's text", async () => {
  const text = await reasonText("en");

  expect(text("", {}, "an older entry")).toBe("an older entry");
  expect(text("future.code", { x: 1 }, "a newer server's")).toBe("a newer server's");
});
