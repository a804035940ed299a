import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import type { RuleBody } from "../../api/rules";
import { BacktestStrip } from "./BacktestStrip";

const RULE = { id: "hot", name: "Hot", metric: "cpu", operator: ">", threshold: 90 } as unknown as RuleBody;
const FROM_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;

const firing = (day: number, fields: object = {}) => ({
  plugin_id: "shop-1",
  alert_id: `a${day}`,
  since_ms: FROM_MS + day * DAY_MS,
  fired_at_ms: FROM_MS + day * DAY_MS,
  resolved_at_ms: FROM_MS + day * DAY_MS + 3_600_000,
  worst: 97.5,
  ...fields,
});
const outcome = (alerts: object[], fields: object = {}) => ({
  firings: alerts.length,
  firing: 0,
  notifications: alerts.length * 2,
  at_night: 1,
  by_channel: alerts.length ? { email: alerts.length * 2 } : {},
  suppressed: {},
  alerts,
  ...fields,
});
const done = (fields: object = {}) => ({
  id: "0".repeat(32),
  state: "done",
  done: 1,
  total: 1,
  result: {
    rule_id: "hot",
    from_ms: FROM_MS,
    until_ms: FROM_MS + 7 * DAY_MS,
    timezone: "UTC",
    computed_at_ms: FROM_MS,
    events_from_ms: FROM_MS,
    plugins: 1,
    draft: outcome([firing(1), firing(3, { resolved_at_ms: null })]),
    now: outcome([firing(1)]),
    comparison: { missed: 0, added: 1, missed_acknowledged: 0, missed_alerts: [], added_alerts: [] },
    gaps: [],
    ...fields,
  },
});
const running = (at: number) => ({ id: "0".repeat(32), state: "running", done: at, total: 8, result: null });

it("says what the draft would have done beside the rule as it is now, and draws when", async () => {
  renderApp(<BacktestStrip rule={RULE} metric="cpu" />, { api: { "POST /rule-backtests": done() } });

  expect(await screen.findByText("Would have fired 2 times — 4 notifications, 1 at night")).toBeVisible();
  expect(await screen.findByText("The rule as it is now: fired once, notifications: 2, at night: 1")).toBeVisible();
  expect(await screen.findByText("Would have added 1 firing")).toBeVisible();
  const drawn = await screen.findAllByTestId("backtest-firing");
  expect(drawn.map((one) => one.style.left)).toEqual([`${100 / 7}%`, `${300 / 7}%`, `${100 / 7}%`]);
  expect(drawn[0]?.title).toContain("worst 97.5");
  expect(drawn[1]?.title).toContain("since");
});

it("follows a backtest that takes longer, and takes it back when nobody looks any more", async () => {
  let asked = 0;
  const path = `/rule-backtests/${"0".repeat(32)}`;
  const { sent, unmount } = renderApp(<BacktestStrip rule={RULE} metric="cpu" />, {
    api: {
      "POST /rule-backtests": () => new Response(JSON.stringify(running(0)), { status: 202 }),
      [`GET ${path}`]: () => new Response(JSON.stringify(running(++asked)), { status: 202 }),
      [`DELETE ${path}`]: () => new Response(null, { status: 204 }),
    },
  });

  expect(await screen.findByText(/of 8 plugins/)).toBeVisible();
  unmount();
  await waitFor(() => expect(sent.map((one) => `${one.method} ${one.path}`)).toContain(`DELETE ${path}`));
});

it("says in Korean why there is no answer", async () => {
  const refusal = {
    status: 409,
    title: "Conflict",
    detail: "A backtest needs the archive.",
    code: "backtest.archive_off",
    values: {},
  };
  renderApp(<BacktestStrip rule={RULE} metric="cpu" />, {
    language: "ko",
    api: { "POST /rule-backtests": () => new Response(JSON.stringify(refusal), { status: 409 }) },
  });

  expect(await screen.findByText(/아카이브가 필요한데/)).toBeVisible();
});
