import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import { SearchPage } from "./SearchPage";

const api = (alerts: object[], more: object = {}) => ({
  "GET /alerts/search": { alerts, next_cursor: null, ...more },
  "GET /alerts/searches": { searches: [] },
  "GET /rules": { rules: [{ id: "slow", name: "Slow" }], conditions: {}, unreadable: {} },
  "GET /plugins": { plugins: [], next_cursor: null, total: 0 },
});

it("shows what is found, with a file of all of it", async () => {
  renderApp(<SearchPage />, { api: api([anAlert({ id: "a", rule_name: "디스크 부족" })]) });

  await waitFor(() => expect(screen.getByRole("link", { name: "디스크 부족" })).toHaveAttribute("href", "/alerts/a"));
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "CSV" }).getAttribute("href")).toContain("/alerts/search?format=csv"),
  );
});

const saved = (fields: object) => ({
  id: "search-1",
  name: "Disks",
  query: { q: "disk", severity: ["critical"] },
  is_shared: true,
  is_mine: false,
  may_change: true,
  by: "Kim",
  by_principal: "user:kim",
  created_at_ms: 1,
  changed_at_ms: 1,
  ...fields,
});

it("opens a saved search, and lets those delete it who may", async () => {
  const searches = [
    saved({}),
    saved({ id: "search-2", name: "Mine", is_shared: false, is_mine: true, query: { q: "x1" } }),
  ];
  const { sent } = renderApp(<SearchPage />, {
    api: { ...api([]), "GET /alerts/searches": { searches }, "DELETE /alerts/searches/search-1": null },
  });
  await userEvent.click(await screen.findByRole("combobox", { name: "Saved searches" }));
  await userEvent.click(await screen.findByRole("option", { name: "Disks · Kim" }));

  await waitFor(() => expect(screen.getByRole("searchbox", { name: "Words" })).toHaveValue("disk"));
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() =>
    expect(sent.map((one) => `${one.method} ${one.path}`)).toContain("DELETE /alerts/searches/search-1"),
  );
});

it("saves what is asked for under a name", async () => {
  const { sent } = renderApp(<SearchPage />, { api: { ...api([]), "POST /alerts/searches": saved({}) } });
  await userEvent.type(await screen.findByRole("searchbox", { name: "Words" }), "disk{Enter}");
  await userEvent.click(await screen.findByRole("button", { name: "Save this search" }));
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Disks");
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));

  const saves = () => sent.filter((one) => one.method === "POST" && one.path === "/alerts/searches");
  await waitFor(() => expect(saves()).toHaveLength(1));
  expect(saves()[0]?.body).toMatchObject({ name: "Disks", is_shared: false, query: { q: "disk" } });
});

it("asks when Enter is pressed", async () => {
  renderApp(<SearchPage />, { api: api([]) });
  await userEvent.type(await screen.findByRole("searchbox", { name: "Words" }), "디스크{Enter}");

  expect(await screen.findByText("No alert is found")).toBeVisible();
  await waitFor(() =>
    expect(screen.getByRole("link", { name: "CSV" }).getAttribute("href")).toContain(
      `q=${encodeURIComponent("디스크")}`,
    ),
  );
});
