import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { type Answers, renderApp } from "../../../../test/render";
import { Imports } from "./Imports";
import { linesOf } from "./lines";

const DIFFERENCE = {
  added: ["slack-ops"],
  replaced: ["webhook-dev"],
  replaces_routes: true,
  routes_before: 3,
  routes_version: 4,
};
const REPORT = {
  summary: "Channels: 2",
  taken: [{ line: 9, name: "receiver ops, slack_configs", kind: "channel", result: "slack-ops" }],
  findings: [
    { line: 12, name: "inhibit_rules.0", lost: true, because: "leaves out this rule", reason: {} },
    { line: 3, name: "route", lost: false, because: "repeat_interval is 30d", reason: {} },
  ],
  routes: {},
  channels: {},
  difference: DIFFERENCE,
};
const DONE = {
  system: "alertmanager",
  at_ms: 1,
  source: "alertmanager.yml",
  by: "kim",
  by_principal: "user:kim",
  channels: ["slack-ops"],
  has_routes: true,
  changed_since: [] as string[],
};

const draw = (api: Answers, language?: "en" | "ko") =>
  renderApp(<Imports />, {
    api: { "GET /me": { name: "kim", role: "admin" }, "GET /imports": { imports: [] }, ...api },
    ...(language && { language }),
  });

async function look(text: string) {
  await userEvent.click(await screen.findByRole("button", { name: "Import…" }));
  await userEvent.click(await screen.findByRole("textbox", { name: "Or the text of one file" }));
  await userEvent.paste(text);
  await userEvent.click(await screen.findByRole("button", { name: "Look at it" }));
}

it("shows by line what becomes of a file and what it replaces, and puts that in force", async () => {
  const { sent } = draw({
    "POST /imports/alertmanager/dry-run": REPORT,
    "POST /imports/alertmanager": { ...REPORT, changed_channels: [], routes_version: 5, has_changed: true },
  });
  await look("route: {receiver: ops}");

  const report = await screen.findByTestId("import-report");
  await waitFor(() => expect(report).toHaveTextContent("Replaces the routes in force: version 4 with 3 routes."));
  await waitFor(() => expect(report).toHaveTextContent("Channels whose settings are replaced: webhook-dev"));
  const rows = await within(report).findAllByRole("row");
  expect(rows.slice(1).map((row) => row.textContent)).toEqual([
    "3routediffersrepeat_interval is 30d",
    "9receiver ops, slack_configstaken overchannel slack-ops",
    "12inhibit_rules.0left outleaves out this rule",
  ]);

  await userEvent.click(await screen.findByRole("button", { name: "Put in force" }));
  await waitFor(() => expect(screen.queryByTestId("import-report")).toBeNull());
  const files = [{ name: "alertmanager.yml", text: "route: {receiver: ops}" }];
  const bodies = sent
    .filter((call) => call.method === "POST" && call.path.startsWith("/imports"))
    .map((call) => [call.path, call.body]);
  expect(bodies).toEqual([
    ["/imports/alertmanager/dry-run", { files, language: "en" }],
    ["/imports/alertmanager", { files, language: "en" }],
  ]);
});

it("says what is wrong with a file, and asks for another look after an edit", async () => {
  let isFirst = true;
  draw({
    "POST /imports/alertmanager/dry-run": () => {
      if (!isFirst) return REPORT;
      isFirst = false;
      const errors = [{ field: "alertmanager.yml", message: "cannot be read: line 2" }];
      return new Response(JSON.stringify({ detail: "bad", errors }), { status: 422 });
    },
  });
  await look("route: [[");
  await waitFor(async () => expect(await screen.findByRole("alert")).toHaveTextContent("cannot be read: line 2"));

  await userEvent.type(await screen.findByRole("textbox", { name: "Or the text of one file" }), " ");
  await userEvent.click(await screen.findByRole("button", { name: "Look at it" }));
  expect(await screen.findByTestId("import-report")).toBeVisible();
});

it("undoes an import after a question, and says why another one cannot be undone", async () => {
  let isUndone = false;
  const { sent } = draw({
    "GET /imports": () => ({
      imports: isUndone
        ? []
        : [
            { ...DONE, system: "grafana" },
            { ...DONE, changed_since: ["routes"] },
          ],
    }),
    "POST /imports/grafana/undo": () => {
      isUndone = true;
      return { changed_channels: [] };
    },
  });
  const table = await screen.findByTestId("imports");
  await waitFor(() => expect(table).toHaveTextContent("Changed since, so it cannot be undone: routes"));
  expect(await within(table).findByRole("button", { name: "Undo the import from Alertmanager" })).toBeDisabled();
  await userEvent.click(await within(table).findByRole("button", { name: "Undo the import from Grafana" }));
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(await within(dialog).findByRole("button", { name: "Undo" }));

  await waitFor(() => expect(screen.queryByTestId("imports")).toBeNull());
  expect(
    sent.filter((call) => call.method === "POST" && call.path.startsWith("/imports")).map((call) => call.path),
  ).toEqual(["/imports/grafana/undo"]);
});

it("asks for the report in the language of the page", async () => {
  const { sent } = draw({ "POST /imports/alertmanager/dry-run": REPORT }, "ko");
  await userEvent.click(await screen.findByRole("button", { name: "가져오기…" }));
  await userEvent.click(await screen.findByRole("textbox", { name: "또는 파일 하나의 내용" }));
  await userEvent.paste("route: {}");
  await userEvent.click(await screen.findByRole("button", { name: "미리 보기" }));

  expect(await screen.findByTestId("import-report")).toBeVisible();
  expect(sent.find((call) => call.method === "POST" && call.path.startsWith("/imports"))?.body).toMatchObject({
    language: "ko",
  });
});

it("puts findings and parts that are taken over in the order of their lines", () => {
  expect(linesOf(REPORT).map((line) => [line.line, line.outcome])).toEqual([
    [3, "differs"],
    [9, "taken"],
    [12, "lost"],
  ]);
});
