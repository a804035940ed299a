import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import type { Alert } from "../../api/types";
import { AlertPage } from "./AlertPage";

const DEAD = { told: "", told_at_ms: 0, status: "dead", attempts: 5, reason: "503: down", possible_duplicates: 0 };
const story = (alert: Alert) => ({
  alert,
  timeline: [
    { at_ms: 1_000, kind: "firing", by: "rule", reason: "cpu_usage = 95 is > 80", value: 95, threshold: 80 },
    { at_ms: 1_040, kind: "notification.sent", channel: "web", by: "firing", took_ms: 40, attempt: 1, reason: "" },
  ],
  channels: { web: { ...DEAD, status: "settled", told: "firing", told_at_ms: 1_040, attempts: 0 }, email: DEAD },
});
const rule = {
  "GET /rules/cpu-high": { enabled: true },
  "POST /rule-preview": { sentence: { en: "When cpu_usage > 80, tell web.", ko: "cpu_usage > 80이면 알립니다." } },
  "POST /series/query": { series: [{ plugin_id: "pay", metric: "cpu_usage", samples: [], since_ms: 0 }] },
};

it("tells what happened, to whom it was told, and the rule in words", async () => {
  renderApp(<AlertPage id="a1" />, { api: { ...rule, "GET /alerts/a1": story(anAlert()) } });

  await waitFor(() =>
    expect(screen.getByTestId("timeline")).toHaveTextContent(
      /Fired.*cpu_usage = 95 is > 80.*Delivered · web · firing.*took 40 ms/,
    ),
  );
  expect(await screen.findByText("When cpu_usage > 80, tell web.")).toBeVisible();
  await waitFor(() => expect(screen.getByTestId("ledger")).toHaveTextContent(/email.*Given up.*503: down/));
  expect(await screen.findByTestId("no-samples")).toBeVisible();
});

it("asks for the span that somebody chooses, and says what its points are", async () => {
  const means = { step_ms: 300_000, lows: [1], highs: [99], gaps: [] };
  const older = { plugin_id: "pay", metric: "cpu_usage", samples: [[1_000, 50]], since_ms: 0, plugins: [], ...means };
  const answer = { series: [older], unavailable_before_ms: null };
  const api = { ...rule, "GET /alerts/a1": story(anAlert()), "POST /series/query": answer };
  const { sent } = renderApp(<AlertPage id="a1" />, { api });
  const asked = () =>
    sent.filter(({ path }) => path === "/series/query").map(({ body }) => body as { since_ms: number });
  await userEvent.click(await screen.findByRole("button", { name: "30d" }));

  expect(asked()[0]?.since_ms).toBe(0);
  await waitFor(() => expect(asked().at(-1)?.since_ms).toBeGreaterThan(86_400_000));
  await waitFor(() => expect(screen.getByTestId("shown")).toHaveTextContent("each point is the mean of 5m"));
  expect(await screen.findByText(/1 sample, 1 % to 99 %/)).toBeVisible();
});

it("names the parent of its plugin, and leads to the parent's family", async () => {
  const alert = anAlert({ plugin_id: "web-1{sda}", parent_id: "web-1" });
  renderApp(<AlertPage id="a1" />, { api: { ...rule, "GET /alerts/a1": story(alert) } });

  await waitFor(() => expect(screen.getByTestId("parent")).toHaveTextContent("The plugin is part of web-1"));
  await waitFor(() => expect(screen.getByRole("link", { name: "web-1" })).toHaveAttribute("href", "/plugins?q=web-1"));
});

it("shows of an external alert who sent it and where it can be looked at, and no rule", async () => {
  const external = {
    fingerprint: "01167342b0fed1b2",
    annotations: { summary: "hot", dashboard: "d-1" },
    generator_url: "http://prometheus:9090/graph",
    sender: "prometheus",
  };
  const alert = anAlert({ rule_id: "external:Hot", rule_name: "Hot", condition: "hot", external });
  renderApp(<AlertPage id="a1" />, { api: { ...rule, "GET /alerts/a1": story(alert) } });

  await waitFor(() => expect(screen.getByTestId("external")).toHaveTextContent(/Hot.*hot.*prometheus.*dashboard: d-1/));
  expect(await screen.findByRole("link", { name: "Open where it was decided" })).toHaveAttribute(
    "href",
    external.generator_url,
  );
});

it("makes no link of an address that is none of the web", async () => {
  const external = { fingerprint: "0".repeat(16), annotations: {}, generator_url: "javascript:alert(1)", sender: "x" };
  const { settled } = renderApp(<AlertPage id="a1" />, {
    api: { ...rule, "GET /alerts/a1": story(anAlert({ external })) },
  });
  await settled();

  await screen.findByTestId("external");
  expect(screen.queryByRole("link", { name: "Open where it was decided" })).toBeNull();
});

it("acknowledges with a comment, by the key", async () => {
  const done = anAlert({ state: "acknowledged", acknowledged_by: "kim", version: 2 });
  let alert = anAlert();
  const api = {
    ...rule,
    "GET /alerts/a1": () => story(alert),
    "POST /alerts/a1/acknowledge": () => {
      alert = done;
      return done;
    },
  };
  const { sent } = renderApp(<AlertPage id="a1" />, { api });
  // Whoever may do nothing has no such key.
  await screen.findByRole("button", { name: "Acknowledge" });
  await userEvent.keyboard("a");
  const dialog = await screen.findByRole("dialog");
  await userEvent.type(await within(dialog).findByRole("textbox"), "looking");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Acknowledge" }));

  await waitFor(() => expect(screen.getByTestId("state")).toHaveTextContent("Acknowledged"));
  expect(sent.find((call) => call.path === "/alerts/a1/acknowledge")?.body).toEqual({ comment: "looking" });
});

it("tries again what was given up", async () => {
  const api = { ...rule, "GET /alerts/a1": story(anAlert()), "POST /notifications/retry": { retried: 1 } };
  const { sent } = renderApp(<AlertPage id="a1" />, { api });
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));

  await waitFor(() =>
    expect(sent.find((call) => call.path === "/notifications/retry")?.body).toEqual({
      channel: "email",
      alert_id: "a1",
    }),
  );
});

it("offers nothing to do once it is over, and says so in the reader's language", async () => {
  const over = anAlert({ state: "resolved", resolved_by: "rule", resolved_at_ms: 61_000 });
  const { settled } = renderApp(<AlertPage id="a1" />, {
    api: { ...rule, "GET /alerts/a1": story(over) },
    language: "ko",
  });
  await settled();

  expect(await screen.findByText("해결됨")).toBeVisible();
  expect(screen.queryByRole("button", { name: "확인" })).toBeNull();
});

it("says that there is no such alert", async () => {
  renderApp(<AlertPage id="gone" />);

  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent(/not|no longer/i));
});

it("writes who acted and what the system's own channels answered in the reader's language", async () => {
  const told = story(anAlert());
  told.timeline = [
    { at_ms: 1_000, kind: "firing", by: "rule", reason: "cpu_usage = 95 is > 80", value: 95, threshold: 80 },
    { at_ms: 1_010, kind: "suppressed", by: "cooldown", reason: "" },
    {
      at_ms: 1_040,
      kind: "notification.sent",
      channel: "web",
      by: "firing",
      reason: "shown in every open page",
      reason_code: "delivery.in_open_pages",
    },
    {
      at_ms: 1_045,
      kind: "notification.sent",
      channel: "email",
      by: "firing",
      reason: "mail.test accepted the mail for 1 of 2 recipients",
      reason_code: "delivery.mail_accepted",
      reason_values: { server: "mail.test", accepted: 1, recipients: 2 },
    },
    { at_ms: 1_050, kind: "notification.sent", channel: "webhook", by: "firing", reason: "204 thank you" },
  ] as typeof told.timeline;
  renderApp(<AlertPage id="a1" />, { language: "ko", api: { ...rule, "GET /alerts/a1": told } });
  await waitFor(() =>
    expect(screen.getByTestId("timeline")).toHaveTextContent(
      /규칙에 따라.*쿨다운.*열려 있는 모든 화면에 표시함.*수신자 2명 중 1명 접수.*204 thank you/,
    ),
  );
  expect(await screen.findByTestId("timeline")).not.toHaveTextContent(/· rule|· cooldown|shown in/);
});

it("explains when it is asked, and shows what differs when it is computed again", async () => {
  const finding = (passes: boolean | null, reason_code: string, reason_values: object) => ({
    ...{ passes, reason_code, reason_values, at_ms: 1_000 },
    reason: "in English",
  });
  const told = finding(true, "explain.sent", { channel: "web", sent_ms: 1_040, attempt: 1 });
  const step = { channel: "", recorded: null, recomputed: null, differs: false };
  const explanation = {
    ...{
      rule_id: "cpu-high",
      rule_name: "CPU high",
      plugin_id: "pay",
      plugin_name: "pay",
      alert_id: "a1",
      at_ms: 1_000,
    },
    conclusion: finding(false, "explain.fired_held", { because: { code: "cooldown.over" }, held: [] }),
    steps: [
      { ...step, step: "scope", recomputed: finding(true, "explain.covered", {}) },
      {
        ...{ ...step, step: "silence", differs: true, recorded: finding(true, "explain.not_silenced", {}) },
        recomputed: finding(false, "suppressed.silence_unsigned", { silence_id: "s1", comment: "deploy" }),
      },
      { ...step, step: "channel", channel: "web", recorded: told },
    ],
    differences: 1,
    notes: [finding(null, "explain.gap", { entries: 5, from_ms: 1, until_ms: 2 })],
  };
  const api = { ...rule, "GET /alerts/a1": story(anAlert()), "GET /alerts/a1/explanation": explanation };
  const { sent } = renderApp(<AlertPage id="a1" />, { api });
  const button = await screen.findByRole("button", { name: "Explain this alert" });

  expect(sent.filter(({ path }) => path.endsWith("/explanation"))).toEqual([]);
  await userEvent.click(button);
  await waitFor(() => expect(screen.getByTestId("why")).toHaveTextContent(/nobody was notified/));
  await waitFor(() =>
    expect(screen.getByTestId("why")).toHaveTextContent(
      /One step differs.*scope — the rule covers the plugin.*computed again: silenced \(s1\): deploy.*web accepted it.*lost 5 entries/,
    ),
  );
});
