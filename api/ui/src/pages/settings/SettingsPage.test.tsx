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

  await waitFor(() => expect(screen.getByTestId("admins-only")).toHaveTextContent("You are signed in as viewer"));
  await waitFor(() => expect(screen.getAllByRole("tab").map((tab) => tab.textContent)).toEqual(["You", "Scraping"]));
});

it("lets an admin who came by a link become a user with a password, and tells others whom to ask", async () => {
  const link = { name: "admin", role: "admin", kind: "link" };
  const api = { ...base, "GET /me": link, "POST /users": { ...user, name: "mina" }, "POST /sign-in": link };
  const { sent, unmount } = renderApp(<SettingsPage />, { api, path: "/settings" });
  await userEvent.clear(await screen.findByLabelText("Name"));
  await userEvent.type(screen.getByLabelText("Name"), "mina");
  await userEvent.type(screen.getByLabelText("New password"), "long-enough-now");
  await userEvent.type(screen.getByLabelText("New password again"), "long-enough-now");
  await userEvent.click(screen.getByRole("button", { name: "Create my user" }));

  await waitFor(() => expect(sent.find((call) => call.path === "/sign-in")?.body).toBeTruthy());
  expect(screen.queryByLabelText("Old password")).toBeNull();
  expect(sent.filter((call) => call.method === "POST").map(({ path, body }) => [path, body])).toContainEqual([
    "/users",
    { name: "mina", role: "admin", password: "long-enough-now" },
  ]);
  unmount();
  renderApp(<SettingsPage />, { api: { ...base, "GET /me": { ...link, role: "viewer" } }, path: "/settings" });
  await waitFor(() => expect(screen.getByTestId("no-password")).toHaveTextContent("Ask an admin"));
});

it("makes a user, and refuses a short password before the server does", async () => {
  const api = { ...base, "POST /users": ({ body }: { body: object }) => ({ ...user, ...body }) };
  const { sent, settled } = renderApp(<SettingsPage />, { api, path: "/settings?section=users" });
  await userEvent.click((await screen.findAllByRole("button", { name: "New user" }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog");
  await userEvent.type(await within(dialog).findByLabelText("Name"), "mina");
  await userEvent.type(await within(dialog).findByLabelText("New password"), "short");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Create" }));
  await settled();
  expect(sent.map((call) => `${call.method} ${call.path}`)).not.toContain("POST /users");
  await userEvent.type(await within(dialog).findByLabelText("New password"), "-but-now-long-enough");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Create" }));

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
    ...{
      id: "k1",
      name: "grafana",
      role: "viewer",
      plugins: [],
      doors: [],
      created_by: "kim",
      created_by_principal: "key:3f9a",
    },
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
  await userEvent.type(await within(dialog).findByLabelText("Name"), "grafana");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Create" }));
  await waitFor(() => expect(screen.getByTestId("new-key")).toHaveTextContent("ea_secret"));
  await userEvent.click(await screen.findByRole("button", { name: "I have copied it" }));

  await waitFor(() => expect(screen.queryByText("ea_secret")).toBeNull());
});

const relabeling = {
  id_labels: ["job", "instance"],
  drop_labels: ["replica"],
  keep_metrics: [],
  drop_metrics: [],
  expire_minutes: 0,
};
const version = (number: number) => ({
  ...{ version: number, at_ms: 1_000, by: "kim", by_principal: "user:kim", restored: 0 },
  mapping: { default: relabeling, sources: {} },
});
const trial = {
  ...{
    series: 3,
    one_of: 2,
    series_count: 6_000,
    plugins_before: 2,
    plugins_after: 1,
    renamed_count: 1,
    alerts_count: 1,
  },
  ...{ renamed: [{ before: "node/web{disk=a}", after: ["node/web"] }], added_metrics: [] },
  ...{ dropped_metrics: ["up"], dropped_metrics_count: 1 },
  alerts: [{ alert_id: "a", rule_name: "Disk", plugin_id: "node/web{disk=a}", becomes: ["node/web"] }],
};

it("tries a mapping before it saves it for the version that was read", async () => {
  const api = {
    ...base,
    "GET /ingest/mapping/history": { versions: [version(2), version(1)] },
    "POST /ingest/mapping/try": trial,
    "PUT /ingest/mapping": version(3),
  };
  const { sent } = renderApp(<SettingsPage />, { api, path: "/settings?section=mapping" });
  await userEvent.type(await screen.findByRole("combobox", { name: "Labels that name no plugin" }), "disk{enter}");
  await userEvent.click(await screen.findByRole("button", { name: "Dry run" }));
  await waitFor(() => expect(screen.getByTestId("mapping-trial")).toHaveTextContent("2 plugins now, 1 then"));
  await waitFor(() =>
    expect(screen.getByTestId("mapping-trial")).toHaveTextContent("Of about 6,000 series, 3 were looked at."),
  );
  await waitFor(() => expect(screen.getByTestId("mapping-trial")).toHaveTextContent("Disk, node/web{disk=a}"));
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));

  const changed = { default: { ...relabeling, drop_labels: ["replica", "disk"] }, sources: {} };
  await waitFor(() => expect(sent.find((call) => call.method === "PUT")?.body).toEqual(changed));
  await waitFor(() => expect(sent.find((call) => call.path === "/ingest/mapping/try")?.body).toEqual(changed));
});

it("gives one source a relabeling of its own, and shows what the server refuses at its field", async () => {
  const problem = {
    ...{ type: "about:blank", title: "", status: 422, detail: "no", instance: "" },
    errors: [{ field: "sources.seoul.id_labels", message: "names job twice" }],
  };
  const api = {
    ...base,
    "GET /ingest/mapping/history": { versions: [version(0)] },
    "PUT /ingest/mapping": () => new Response(JSON.stringify(problem), { status: 422 }),
  };
  renderApp(<SettingsPage />, { api, path: "/settings?section=mapping" });
  await userEvent.type(await screen.findByLabelText("Another source"), "seoul");
  await userEvent.click(await screen.findByRole("button", { name: "Add" }));
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));

  expect(await screen.findByText("names job twice")).toBeVisible();
  expect(await screen.findByText("Only seoul")).toBeVisible();
});

it("restores an earlier version of the mapping", async () => {
  const api = {
    ...base,
    "GET /ingest/mapping/history": { versions: [version(2), version(1)] },
    "POST /ingest/mapping/restore": version(3),
  };
  const { sent } = renderApp(<SettingsPage />, { api, path: "/settings?section=mapping" });
  await userEvent.click(await screen.findByRole("button", { name: "Restore version 1" }));

  await waitFor(() => expect(sent.find((call) => call.path.endsWith("/restore"))?.body).toEqual({ version: 1 }));
});
