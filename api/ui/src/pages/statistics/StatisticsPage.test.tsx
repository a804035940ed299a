import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import { aStatus } from "../../../test/system";
import { StatisticsPage } from "./StatisticsPage";

const HOUR_MS = 3_600_000;
const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const none = {
  fired: 0,
  acknowledged: 0,
  resolved: 0,
  mean_ms_to_acknowledge: null,
  mean_ms_to_resolve: null,
  by_severity: {},
  by_rule: {},
  by_plugin: {},
  by_hour: [],
  active: { total: 0, by_severity: {}, by_state: {}, by_plugin: {} },
};
const some = {
  ...none,
  fired: 3,
  resolved: 1,
  mean_ms_to_resolve: 90_000,
  by_rule: { slow: 2, gone: 1 },
  by_plugin: { pay: 3 },
  by_severity: { warning: 2, critical: 1 },
  by_hour: [{ hour_at_ms: hour, fired: 3, by_severity: { warning: 2, critical: 1 } }],
};
const api = (statistics: object) => ({
  "GET /statistics": statistics,
  "GET /status": aStatus(),
  "GET /rules": { rules: [{ id: "slow", name: "Slow" }], conditions: {}, unreadable: {} },
});

it("counts, and names the noisiest rules by their names", async () => {
  renderApp(<StatisticsPage />, { api: api(some) });
  const totals = await screen.findByLabelText("Totals");
  const rules = await screen.findByRole("table", { name: "Noisiest rules" });

  await waitFor(() =>
    expect(totals).toHaveTextContent(/Fired3.*Mean time to acknowledge–.*Mean time to resolve1m 30s/),
  );
  await waitFor(() => expect(within(rules).getByRole("link", { name: "Slow" })).toHaveAttribute("href", "/rules/slow"));
  await waitFor(() => expect(rules).toHaveTextContent(/gone.*deleted/));
  await waitFor(() => expect(screen.getByRole("table", { name: "By plugin" })).toHaveTextContent(/pay.*100 %/));
});

it("says when nothing fired, and how far records go back", async () => {
  renderApp(<StatisticsPage />, { api: api(none) });

  expect(await screen.findByText("Nothing fired in this time")).toBeVisible();
  expect(await screen.findByText(/records are kept for 7 days/)).toBeVisible();
});

it("keeps the range in the address", async () => {
  const { location } = renderApp(<StatisticsPage />, { api: api(some), path: "/statistics" });
  await userEvent.click((await screen.findAllByText("7 days"))[0] as HTMLElement);

  await waitFor(() => expect(location.history.at(-1)).toContain("hours=168"));
  expect(await screen.findByRole("table", { name: "Weekday and hour" })).toBeVisible();
});
