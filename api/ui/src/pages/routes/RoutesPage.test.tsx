import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { type Answers, renderApp } from "../../../test/render";
import { RoutesPage } from "./RoutesPage";

const VERSION = { at_ms: 1, by: "kim", by_principal: "user:kim", restored: 0 };
const TREE = { route: { channels: ["email"], routes: [{ name: "db", matchers: ['team="db"'], channels: ["slack"] }] } };
const THEIRS = { route: { ...TREE.route, routes: [{ name: "db", matchers: ['team="data"'] }] } };
const ADMIN = { name: "kim", role: "admin" };

const draw = (api: Answers) =>
  renderApp(<RoutesPage />, {
    api: {
      "GET /me": ADMIN,
      "GET /channels": { email: { configured: true }, slack: { configured: true } },
      "GET /routes/history": { versions: [{ ...VERSION, version: 1, tree: TREE }] },
      ...api,
    },
  });

async function rename(to: string) {
  await userEvent.click(await screen.findByRole("button", { name: "Edit: db" }));
  await userEvent.clear(await screen.findByRole("textbox", { name: "Name" }));
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), to);
  await userEvent.click(await screen.findByRole("button", { name: "Save routes" }));
}

it("asks which version is to hold when somebody else was faster, and names what they changed", async () => {
  let isFirst = true;
  const { sent } = draw({
    "GET /routes/history": () => ({
      versions: isFirst
        ? [{ ...VERSION, version: 1, tree: TREE }]
        : [
            { ...VERSION, version: 2, tree: THEIRS },
            { ...VERSION, version: 1, tree: TREE },
          ],
    }),
    "PUT /routes": ({ body }: { body: object }) => {
      if (!isFirst) return { ...VERSION, version: 3, tree: body };
      isFirst = false;
      return new Response(JSON.stringify({ detail: "changed" }), { status: 412 });
    },
  });
  await rename("databases");
  const dialog = await screen.findByRole("dialog");
  await waitFor(() => expect(dialog).toHaveTextContent("They changed: db"));
  await userEvent.click(await within(dialog).findByRole("button", { name: "Overwrite with mine" }));

  expect(await screen.findByRole("button", { name: "Edit: databases" })).toBeVisible();
  await waitFor(() => expect(sent.filter((call) => call.method === "PUT")).toHaveLength(2));
});

it("opens the form of the route that was refused", async () => {
  draw({
    "PUT /routes": () =>
      new Response(
        JSON.stringify({ detail: "no", errors: [{ field: "route.routes.0.matchers", message: "no such operator" }] }),
        { status: 422 },
      ),
  });
  await rename("x");

  expect((await screen.findAllByText("no such operator", { exact: false })).length).toBeGreaterThan(0);
  expect(await screen.findByText("not accepted")).toBeVisible();
});

it("shows those who may not change it the tree, and lets them test", async () => {
  const { settled } = draw({ "GET /me": { name: "lee", role: "viewer" } });
  await userEvent.click(await screen.findByRole("button", { name: "Show: db" }));

  await waitFor(() => expect(screen.getByRole("textbox", { name: "Name" })).toBeDisabled());
  await settled();
  expect(screen.queryByRole("button", { name: "Save routes" })).toBeNull();
  await waitFor(() => expect(screen.getByRole("button", { name: "Test" })).toBeEnabled());
});

it("says what holds without routes, and how to begin", async () => {
  draw({ "GET /routes/history": { versions: [{ ...VERSION, version: 0, tree: null }] } });
  await userEvent.click(await screen.findByRole("button", { name: "Create the first route" }));

  expect(await screen.findByRole("group", { name: "All alerts" })).toBeVisible();
});
