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
  parent_id: "",
  severity: null,
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

  await waitFor(() => expect(cards[0]).toHaveTextContent(/pay.*2 open alerts.*95 %.*3 MiB/));
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "2 open alerts" })).toHaveAttribute("href", "/?plugin=pay"),
  );
  expect(await screen.findByRole("img", { name: "cpu_usage, last hour" })).toBeVisible();
});

it("marks who has been silent for long", async () => {
  renderApp(<PluginsPage />, { api: api(aPlugin("pay", { last_at_ms: Date.now() - 630_000 })) });

  await waitFor(() => expect(screen.getByTestId("plugins")).toHaveTextContent(/silent · 1\d min. ago/));
});

it("finds by label, and says when nobody answers", async () => {
  renderApp(<PluginsPage />, { api: api(aPlugin("pay"), aPlugin("db", { labels: {} })) });
  await screen.findByTestId("plugins");
  await userEvent.type(await screen.findByRole("searchbox"), "team=pay");
  await waitFor(() => expect(screen.getByTestId("plugins").children).toHaveLength(1));
  await userEvent.type(await screen.findByRole("searchbox"), "x");

  expect(await screen.findByText("No plugin matches “team=payx”")).toBeVisible();
});

it("folds plugins under their parent, which need not have published, and unfolds them by keyboard", async () => {
  const disks = ["sda", "sdb"].map((name) => aPlugin(`web-1{${name}}`, { parent_id: "web-1" }));
  const full = { active_alerts: 2, severity: "critical" } as const;
  renderApp(<PluginsPage />, { api: api(aPlugin("pay"), { ...disks[0], ...full }, disks[1] ?? {}) });
  const items = (await screen.findByTestId("plugins")).children;

  await waitFor(() => expect(items).toHaveLength(2));
  await waitFor(() => expect(items[1]).toHaveTextContent(/web-12 plugins below itCritical2 open alerts/));
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "2 open alerts" })).toHaveAttribute("href", "/?plugin=web-1%7Bsda%7D"),
  );
  const fold = await screen.findByRole("button", { name: /web-1/, expanded: false });
  fold.focus();
  await userEvent.keyboard("{Enter}");

  await waitFor(() => expect(fold).toHaveAttribute("aria-expanded", "true"));
  await waitFor(() => expect(screen.getByRole("list", { name: "web-1" }).children).toHaveLength(2));
  await userEvent.keyboard(" ");
  await waitFor(() => expect(screen.queryByRole("list", { name: "web-1" })).toBeNull());
});

it("shows the parent itself first, and its own values", async () => {
  const plugins = [aPlugin("web-1{sda}", { parent_id: "web-1" }), aPlugin("web-1", { metrics: { up: 1 } })];
  renderApp(<PluginsPage />, { api: api(...plugins) });
  await userEvent.click(await screen.findByRole("button", { name: /one plugin below it/ }));

  await waitFor(() => expect(screen.getByRole("list", { name: "web-1" }).children[0]).toHaveTextContent(/web-1.*up/));
});

it("opens what a search finds, and finds plugins by their parent", async () => {
  renderApp(<PluginsPage />, {
    api: api(aPlugin("pay"), aPlugin("sda", { parent_id: "web-1" }), aPlugin("sdb", { parent_id: "web-1" })),
  });
  await screen.findByTestId("plugins");
  await userEvent.type(await screen.findByRole("searchbox"), "web-1");

  await waitFor(() => expect(screen.getByRole("list", { name: "web-1" }).children).toHaveLength(2));
  await userEvent.type(await screen.findByRole("searchbox"), " sdb");
  await waitFor(() => expect(screen.getByRole("list", { name: "web-1" }).children).toHaveLength(1));
});

it("names the parent of a plugin that is opened", async () => {
  const known = [aPlugin("sda", { parent_id: "web-1" }), aPlugin("web-1")];
  renderApp(<PluginsPage />, { api: api(...known), path: "/plugins?plugin=sda" });

  await waitFor(() => expect(screen.getByTestId("parent")).toHaveTextContent("Part of web-1"));
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "web-1" })).toHaveAttribute("href", "/plugins?plugin=web-1"),
  );
});

it("says how a first plugin is heard of", async () => {
  renderApp(<PluginsPage />, { api: api(), language: "ko" });

  expect(await screen.findByText("enhanced-alerts publish demo cpu_usage=42")).toBeVisible();
});
