import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import { SearchPage } from "./SearchPage";

const api = (alerts: object[], more: object = {}) => ({
  "GET /alerts/search": { alerts, next_cursor: null, ...more },
  "GET /rules": { rules: [{ id: "slow", name: "Slow" }], conditions: {}, unreadable: {} },
  "GET /plugins": { plugins: [], next_cursor: null, total: 0 },
});

it("shows what is found, with a file of all of it", async () => {
  renderApp(<SearchPage />, { api: api([anAlert({ id: "a", rule_name: "디스크 부족" })]) });

  expect(await screen.findByRole("link", { name: "디스크 부족" })).toHaveAttribute("href", "/alerts/a");
  expect(screen.getByRole("link", { name: "CSV" }).getAttribute("href")).toContain("/alerts/search?format=csv");
});

it("asks when Enter is pressed", async () => {
  renderApp(<SearchPage />, { api: api([]) });
  await userEvent.type(await screen.findByRole("searchbox", { name: "Words" }), "디스크{Enter}");

  expect(await screen.findByText("No alert is found")).toBeVisible();
  expect(screen.getByRole("link", { name: "CSV" }).getAttribute("href")).toContain(`q=${encodeURIComponent("디스크")}`);
});
