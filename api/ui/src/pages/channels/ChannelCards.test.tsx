import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp, type Sent } from "../../../test/render";
import type { Channel, DeadNotification, Health } from "../../api/channels";
import { ChannelCards } from "./ChannelCards";

const aChannel = (name: string, fields: Partial<Channel> = {}) => ({
  name,
  kind: name,
  configured: true,
  enabled: true,
  failures: 0,
  pause: null,
  source: "stored",
  config: {},
  version: "1",
  ...fields,
});
const health: Health = {
  ...{ sent: 99, failed: 1, dead: 0, success_rate: 0.99 },
  ...{ dead_letters: 1, queued: 2, p95_ms: 250 },
};
const dead: DeadNotification = {
  ...{ channel: "webhook", alert_id: "a1", rule_name: "CPU", plugin_name: "pay", reason: "HTTP 400" },
  ...{ attempts: 3, at_ms: 1_000, news: "firing", state: "firing", reason_code: "", reason_values: {} },
};
const base = {
  "GET /me": { name: "kim", role: "admin" },
  "GET /channels": { channels: [aChannel("webhook"), aChannel("sms", { configured: false, source: null })] },
  "GET /channels/health": { webhook: health },
  "GET /channels/kinds": { webhook: { properties: {} }, sms: { properties: {} } },
  "GET /notifications/dead": { notifications: [dead], next_cursor: null, total: 1 },
};

it("shows how each channel fares, and which are not set up", async () => {
  renderApp(<ChannelCards />, { api: base });
  const card = (await screen.findByRole("link", { name: "webhook" })).closest("[data-channel]") as HTMLElement;

  await waitFor(() => expect(card).toHaveAttribute("data-mood", "well"));
  await waitFor(() => expect(card).toHaveTextContent(/99 ?%/));
  await waitFor(() => expect(card).toHaveTextContent("250 ms"));
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "Set up: sms" })).toHaveAttribute("href", "/channels/sms"),
  );
});

it("shows what the provider really answered to a test", async () => {
  const refusal = () => new Response(JSON.stringify({ detail: "404 no such hook" }), { status: 424 });
  const { sent } = renderApp(<ChannelCards />, { api: { ...base, "POST /test/webhook": refusal } });
  await userEvent.click(await screen.findByRole("button", { name: "Test: webhook" }));

  await waitFor(() => expect(screen.getByTestId("test-answer")).toHaveTextContent(/Not accepted.*404 no such hook/));
  expect(sent.map((call) => call.path)).toContain("/test/webhook");
});

it("says what a channel of this system answered to a test in the reader's language", async () => {
  const accepted = {
    accepted: true,
    answer: "in the board's banner",
    answer_code: "delivery.in_banner",
    answer_values: {},
    took_ms: 12,
  };
  renderApp(<ChannelCards />, { language: "ko", api: { ...base, "POST /test/webhook": accepted } });
  await userEvent.click(await screen.findByRole("button", { name: "테스트: webhook" }));

  await waitFor(() => expect(screen.getByTestId("test-answer")).toHaveTextContent("실시간 현황의 배너에 표시함"));
});

it("says why a channel waits", async () => {
  const paused = { channels: [aChannel("webhook", { pause: "too many failures", failures: 5 })] };
  renderApp(<ChannelCards />, { api: { ...base, "GET /channels": paused } });

  await waitFor(() => expect(screen.getByTestId("pause")).toHaveTextContent("Reason: too many failures"));
});

it("tries what was given up again", async () => {
  const { sent } = renderApp(<ChannelCards />, { api: { ...base, "POST /notifications/retry": { retried: 1 } } });
  const letters = await screen.findByTestId("dead-letters");
  await waitFor(() => expect(letters).toHaveTextContent("HTTP 400"));
  await userEvent.click(await within(letters).findByRole("button", { name: "Try again: CPU, webhook" }));

  await waitFor(() =>
    expect(sent.find((call) => call.path === "/notifications/retry")?.body).toEqual({
      channel: "webhook",
      alert_id: "a1",
    }),
  );
});

it.each([
  ["en", "Show more (1)", "Try all 2 again"],
  ["ko", "더 보기 (1)", "2건 모두 다시 시도"],
] as const)("shows what was given up by pages (%s)", async (language, more, all) => {
  const older = { ...dead, alert_id: "a2", rule_name: "Disk" };
  const pages = ({ query }: Sent) =>
    query.cursor === "c1"
      ? { notifications: [older], next_cursor: null, total: 2 }
      : { notifications: [dead], next_cursor: "c1", total: 2 };
  const { settled } = renderApp(<ChannelCards />, { language, api: { ...base, "GET /notifications/dead": pages } });
  const letters = await screen.findByTestId("dead-letters");
  await userEvent.click(await within(letters).findByRole("button", { name: more }));

  await waitFor(() => expect(letters).toHaveTextContent("Disk"));
  await waitFor(() => expect(letters).toHaveTextContent("CPU"));
  await settled();
  expect(within(letters).queryByRole("button", { name: more })).toBeNull();
  expect(await within(letters).findByRole("button", { name: all })).toBeVisible();
});

it("lists all channels, page after page", async () => {
  const pages = ({ query }: Sent) =>
    query.cursor === "c1"
      ? { channels: [aChannel("slack-ops")], next_cursor: null }
      : { channels: [aChannel("webhook")], next_cursor: "c1" };
  renderApp(<ChannelCards />, { api: { ...base, "GET /channels": pages } });

  expect(await screen.findByRole("link", { name: "slack-ops" })).toBeVisible();
  expect(await screen.findByRole("link", { name: "webhook" })).toBeVisible();
});

it("offers an operator the test alone", async () => {
  const { settled } = renderApp(<ChannelCards />, { api: { ...base, "GET /me": { name: "o", role: "operator" } } });

  expect(await screen.findByRole("button", { name: "Test: webhook" })).toBeVisible();
  await settled();
  expect(screen.queryByRole("button", { name: "Add a destination" })).toBeNull();
});
