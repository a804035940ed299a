import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import type { Plugin } from "../../api/system";
import { PluginsPage } from "./PluginsPage";

const aPlugin = (plugin_id: string, fields: Partial<Plugin> = {}) => ({
  plugin_id,
  plugin_name: plugin_id,
  last_at_ms: Date.now(),
  metrics: { cpu_usage: 95, heap_bytes: 3_145_728 },
  states: {},
  labels: { team: "pay" },
  active_alerts: 0,
  ...fields,
});
const api = (...plugins: object[]) => ({
  "GET /plugins": { plugins },
  "GET /rules": { rules: [], conditions: {}, unreadable: {} },
  "POST /series/query": {
    series: [
      {
        plugin_id: "pay",
        metric: "cpu_usage",
        samples: [
          [1, 40],
          [2, 95],
        ],
        since_ms: 0,
      },
    ],
  },
});

it("shows what each plugin last said, with units, and its open alerts", async () => {
  renderApp(<PluginsPage />, { api: api(aPlugin("pay", { active_alerts: 2 }), aPlugin("db")) });
  const cards = (await screen.findByTestId("plugins")).children;

  expect(cards[0]).toHaveTextContent(/pay.*2 open alerts.*95 %.*3 MiB/);
  expect(screen.getByRole("link", { name: "2 open alerts" })).toHaveAttribute("href", "/?plugin=pay");
  expect(await screen.findByRole("img", { name: "cpu_usage, last hour" })).toBeVisible();
});

it("marks who has been silent for long", async () => {
  renderApp(<PluginsPage />, { api: api(aPlugin("pay", { last_at_ms: Date.now() - 630_000 })) });

  expect(await screen.findByTestId("plugins")).toHaveTextContent(/silent · 10 min. ago/);
});

it("finds by label, and says when nobody answers", async () => {
  renderApp(<PluginsPage />, { api: api(aPlugin("pay"), aPlugin("db", { labels: {} })) });
  await screen.findByTestId("plugins");
  await userEvent.type(screen.getByRole("searchbox"), "team=pay");
  await waitFor(() => expect(screen.getByTestId("plugins").children).toHaveLength(1));
  await userEvent.type(screen.getByRole("searchbox"), "x");

  expect(await screen.findByText("No plugin matches “team=payx”")).toBeVisible();
});

it("says how a first plugin is heard of", async () => {
  renderApp(<PluginsPage />, { api: api(), language: "ko" });

  expect(await screen.findByText("enhanced-alerts publish demo cpu_usage=42")).toBeVisible();
});
