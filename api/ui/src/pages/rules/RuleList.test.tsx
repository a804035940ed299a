import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import { RuleList } from "./RuleList";

const aRule = (id: string, fields: object = {}) => ({
  id,
  name: id,
  description: "",
  enabled: true,
  severity: "warning",
  condition: { kind: "threshold" },
  plugin_id: null,
  plugins: null,
  labels: {},
  channels: ["web"],
  source: "",
  edited: false,
  ...fields,
});
const rules = (...all: { id: string }[]) => ({
  rules: all,
  conditions: Object.fromEntries(all.map(({ id }) => [id, { en: `${id} in words`, ko: `${id} 설명` }])),
  unreadable: {},
});
const base = {
  "GET /me": { name: "kim", role: "admin" },
  "GET /plugins": { plugins: [] },
  "GET /alerts/active": { alerts: [], next_cursor: null, total: 0 },
};

it("lists the worst first, with the condition in the reader's words", async () => {
  const api = { ...base, "GET /rules": rules(aRule("disk"), aRule("down", { severity: "emergency" })) };
  renderApp(<RuleList />, { api, language: "ko" });
  const order = () =>
    screen
      .getAllByRole("row")
      .slice(1)
      .map((row) => row.getAttribute("data-rule"));

  await waitFor(() => expect(order()).toEqual(["down", "disk"]));
  expect(await screen.findByText("down 설명")).toBeVisible();
});

it("says what to do when there is none, and shows a viewer nothing to change", async () => {
  const api = { ...base, "GET /me": { name: "lee", role: "viewer" }, "GET /rules": rules() };
  const { settled } = renderApp(<RuleList />, { api });

  expect(await screen.findByText("There are no rules yet")).toBeVisible();
  expect(await screen.findByText(/An administrator can create one/)).toBeVisible();
  await settled();
  expect(screen.queryByRole("link", { name: "New rule" })).toBeNull();
});

it("asks before a rule with open alerts is switched off", async () => {
  const api = {
    ...base,
    "GET /rules": rules(aRule("cpu-high")),
    "GET /alerts/active": { alerts: [anAlert()], next_cursor: null, total: 1 },
    "POST /rules/cpu-high/disable": aRule("cpu-high", { enabled: false }),
  };
  const { sent, settled } = renderApp(<RuleList />, { api });
  await screen.findByText("1 open");
  // Only an admin may switch it, and who that is arrives as well.
  await waitFor(() => expect(screen.getByRole("switch")).toBeEnabled());
  await userEvent.click(screen.getByRole("switch"));
  const dialog = await screen.findByRole("dialog");
  await settled();
  expect(sent.map((call) => call.path)).not.toContain("/rules/cpu-high/disable");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Switch off" }));

  await waitFor(() => expect(screen.getByRole("switch")).not.toBeChecked());
});

it("filters by the address", async () => {
  const api = { ...base, "GET /rules": rules(aRule("disk"), aRule("cpu", { enabled: false })) };
  const { location, settled } = renderApp(<RuleList />, { api, path: "/rules?enabled=no" });
  expect(await screen.findByRole("link", { name: "cpu" })).toBeVisible();
  await settled();
  expect(screen.queryByRole("link", { name: "disk" })).toBeNull();
  await userEvent.type(await screen.findByRole("searchbox"), "zzz");

  expect(await screen.findByText("No rule matches")).toBeVisible();
  await waitFor(() => expect(location.history.at(-1)).toContain("q=zzz"));
});

it("names rules that cannot be read", async () => {
  renderApp(<RuleList />, { api: { ...base, "GET /rules": { ...rules(), unreadable: { odd: "no such kind" } } } });

  expect(await screen.findByText(/The stored rule odd cannot be read/)).toBeVisible();
  expect(await screen.findByText("no such kind")).toBeVisible();
});
