import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import { RuleEditor } from "./RuleEditor";

const kinds = {
  threshold: {
    properties: {
      metric: { anyOf: [{ type: "string" }, { type: "null" }], default: null, title: "Metric" },
      operator: { enum: [">", "<"], type: "string", title: "Operator" },
      threshold: { type: "number", title: "Threshold" },
    },
    required: ["operator", "threshold"],
  },
};
const preview = {
  sentence: { en: "Fires when cpu_usge > 80.", ko: "cpu_usge > 80이면 발생합니다." },
  condition: "cpu_usge > 80",
  metrics: ["cpu_usge"],
  covers: ["pay-1", "pay-2"],
  with_metrics: 0,
  advice: [
    {
      reason: "no plugin has published the metric cpu_usge yet; did you mean cpu_usage?",
      reason_code: "note.did_you_mean",
      reason_values: { because: { code: "note.metric_unheard", values: { metric: "cpu_usge" } }, name: "cpu_usage" },
    },
  ],
};
const api = {
  "GET /me": { name: "kim", role: "admin", kind: "user" },
  "GET /conditions": kinds,
  "GET /plugins": { plugins: [], next_cursor: null, total: 0 },
  "GET /channels": { channels: [] },
  "POST /rule-preview": preview,
  "POST /series/query": { series: [], unavailable_before_ms: null },
};

/** The field of the name, once it is known that the one signed in may write. */
async function nameField(name: string): Promise<HTMLElement> {
  const field = await screen.findByRole("textbox", { name });
  await waitFor(() => expect(field).toBeEnabled());
  return field;
}

afterEach(() => sessionStorage.clear());

it("says in the reader's language which metric was probably meant, and that nobody publishes it", async () => {
  renderApp(<RuleEditor id={null} />, { api, language: "ko" });
  await userEvent.type(await nameField("이름"), "CPU");

  await waitFor(() => expect(screen.getByTestId("rule-note")).toHaveTextContent("혹시 cpu_usage인가요?"));
  await waitFor(() => expect(screen.getByTestId("measured")).toHaveTextContent("모두 보내는 플러그인이 없어"));
});

it("keeps a half-written rule when the page is left, and forgets it when it is discarded", async () => {
  const first = renderApp(<RuleEditor id={null} />, { api });
  await userEvent.type(await nameField("Name"), "Half a rule");
  first.unmount();
  const second = renderApp(<RuleEditor id={null} />, { api });
  await waitFor(() => expect(screen.getByRole("textbox", { name: "Name" })).toHaveValue("Half a rule"));
  await userEvent.click(await screen.findByRole("button", { name: "Discard them" }));
  await waitFor(() => expect(screen.getByRole("textbox", { name: "Name" })).toHaveValue(""));
  await waitFor(() => expect(sessionStorage.length).toBe(0));
  second.unmount();
  renderApp(<RuleEditor id={null} />, { api });

  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("");
  expect(screen.queryByTestId("kept-draft")).toBeNull();
});
