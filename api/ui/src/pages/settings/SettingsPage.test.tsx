import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import type { ApiKey, Session, User } from "../../api/access";
import { SettingsPage } from "./SettingsPage";

const user: User = { name: "dana", role: "viewer", enabled: true, changed_at_ms: 1_000, created_at_ms: 1_000 };
const session: Session = { id: "s1", kind: "browser", current: true, opened_at_ms: 1_000, ends_at_ms: 2_000 };
const base = {
  "GET /me": { name: "kim", role: "admin" },
  "GET /me/sessions": { sessions: [session] },
  "GET /users": { users: [user] },
  "GET /api-keys": { api_keys: [] },
};

it("shows those who are no admins their own part, and says the rest is for admins", async () => {
  const api = { ...base, "GET /me": { name: "lee", role: "viewer" } };
  renderApp(<SettingsPage />, { api, path: "/settings?section=users" });

  expect(await screen.findByTestId("admins-only")).toHaveTextContent("You are signed in as viewer");
  expect(screen.getAllByRole("tab")).toHaveLength(1);
});

it("makes a user, and refuses a short password before the server does", async () => {
  const api = { ...base, "POST /users": ({ body }: { body: object }) => ({ ...user, ...body }) };
  const { sent } = renderApp(<SettingsPage />, { api, path: "/settings?section=users" });
  await userEvent.click((await screen.findAllByRole("button", { name: "New user" }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog");
  await userEvent.type(within(dialog).getByLabelText("Name"), "mina");
  await userEvent.type(within(dialog).getByLabelText("New password"), "short");
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  expect(sent.map((call) => `${call.method} ${call.path}`)).not.toContain("POST /users");
  await userEvent.type(within(dialog).getByLabelText("New password"), "-but-now-long-enough");
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));

  await waitFor(() =>
    expect(sent.find((call) => call.method === "POST" && call.path === "/users")?.body).toEqual({
      name: "mina",
      role: "viewer",
      password: "short-but-now-long-enough",
    }),
  );
});

it("says which of two namesakes made a key", async () => {
  const key: ApiKey = {
    ...{ id: "k1", name: "grafana", role: "viewer", plugins: [], created_by: "kim", created_by_principal: "key:3f9a" },
    ...{ created_at_ms: 1_000, expires_at_ms: null, last_used_at_ms: null },
  };
  const api = { ...base, "GET /api-keys": { api_keys: [key] } };
  renderApp(<SettingsPage />, { api, path: "/settings?section=keys" });

  expect(await screen.findByText(/kim \(API key 3f9a\)/)).toBeVisible();
});

it("shows a new key this once", async () => {
  const made = { id: "k1", name: "grafana", key: "ea_secret", role: "publisher", plugins: [] };
  renderApp(<SettingsPage />, { api: { ...base, "POST /api-keys": made }, path: "/settings?section=keys" });
  await userEvent.click(await screen.findByRole("button", { name: "New API key" }));
  const dialog = await screen.findByRole("dialog");
  await userEvent.type(within(dialog).getByLabelText("Name"), "grafana");
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  expect(await screen.findByTestId("new-key")).toHaveTextContent("ea_secret");
  await userEvent.click(screen.getByRole("button", { name: "I have copied it" }));

  await waitFor(() => expect(screen.queryByText("ea_secret")).toBeNull());
});
