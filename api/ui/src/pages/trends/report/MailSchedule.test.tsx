import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { type Answers, renderApp } from "../../../../test/render";
import { MailSchedule } from "./MailSchedule";

const SCHEDULE = {
  ...{ channel: "email", recipients: ["lead@example.com"], day: 3, hour: 7, timezone: "Asia/Seoul" },
  ...{ language: "ko", enabled: true },
};
const SENT = { month: "2026-10", status: "sent", attempts: 1, at_ms: 1_000, possible_duplicates: 0, reason: "" };
const VERSION = { version: 4, at_ms: 1, by: "kim", by_principal: "user:kim", restored: 0, schedule: SCHEDULE };
const IN_FORCE = { ...VERSION, mails: [{ ...SENT, reason_code: "", reason_values: {} }] };

function draw(api: Answers = {}, language: "en" | "ko" = "en") {
  return renderApp(<MailSchedule />, {
    api: {
      "GET /me": { name: "kim", role: "admin" },
      "GET /channels": {
        channels: [
          { name: "email", configured: true },
          { name: "email-ops", configured: true },
          { name: "email-off", configured: false },
          { name: "slack", configured: true },
        ],
      },
      "GET /reports/schedule": IN_FORCE,
      ...api,
    },
    language,
  });
}

async function opened(name = "Mailing") {
  await userEvent.click(await screen.findByRole("button", { name }));
  return within(await screen.findByRole("dialog"));
}

it("is for admins alone", async () => {
  const { sent, settled } = draw({ "GET /me": { name: "lee", role: "operator" } });
  await settled();
  expect(sent.map((call) => call.path)).toContain("/me");

  expect(screen.queryByRole("button")).toBeNull();
});

it("shows what is in force, and saves what was changed from that version", async () => {
  const { sent } = draw({ "PUT /reports/schedule": ({ body }: { body: object }) => ({ ...IN_FORCE, schedule: body }) });
  const dialog = await opened();
  expect(await dialog.findByText("lead@example.com")).toBeVisible();
  await waitFor(() => expect(dialog.getByRole("combobox", { name: "Hour" })).toHaveValue("07:00"));
  await waitFor(() => expect(dialog.getByTestId("report-mails")).toHaveTextContent("sent"));
  await userEvent.type(dialog.getByLabelText("Recipients", { selector: "input" }), "ops@example.com{Enter}");
  await userEvent.click(dialog.getByRole("switch", { name: "Mail the report" }));
  await waitFor(() => expect(dialog.getByRole("button", { name: "Send now" })).toBeDisabled());
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));

  await waitFor(() => expect(sent.find((call) => call.method === "PUT")).toBeDefined());
  expect(sent.find((call) => call.method === "PUT")?.body).toEqual({
    ...SCHEDULE,
    recipients: ["lead@example.com", "ops@example.com"],
    enabled: false,
  });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("offers the e-mail channels that are configured", async () => {
  draw({ "GET /reports/schedule": { ...IN_FORCE, schedule: null, mails: [] } });
  const dialog = await opened();
  await userEvent.click(await dialog.findByRole("combobox", { name: "E-mail channel" }));

  expect(await screen.findByRole("option", { name: "email-ops" })).toBeInTheDocument();
  await waitFor(() =>
    expect(screen.getAllByRole("option").map((one) => one.textContent)).toEqual(["email", "email-ops"]),
  );
});

it("says at the field which address is refused, in Korean too", async () => {
  const errors = [{ field: "recipients.0", message: "no", code: "invalid.mail_address", values: {} }];
  const refusal = () => new Response(JSON.stringify({ detail: "", code: "invalid.fields", errors }), { status: 422 });
  draw({ "PUT /reports/schedule": refusal }, "ko");
  const dialog = await opened("메일 발송");
  await userEvent.click(await dialog.findByRole("button", { name: "저장" }));

  expect(await dialog.findByText(/메일 주소/)).toBeVisible();
});

it("asks which schedule is to hold when another person was faster", async () => {
  let version = 4;
  const { sent } = draw({
    "GET /reports/schedule": () => ({ ...IN_FORCE, version }),
    "PUT /reports/schedule": ({ body }: { body: object }) => {
      if (version === 5) return { ...IN_FORCE, version: 6, schedule: body };
      version = 5;
      return new Response(JSON.stringify({ detail: "changed" }), { status: 412 });
    },
  });
  const dialog = await opened();
  await userEvent.click(await dialog.findByRole("switch", { name: "Mail the report" }));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await userEvent.click(await screen.findByRole("button", { name: "Overwrite with mine" }));

  await waitFor(() => expect(sent.filter((call) => call.method === "PUT")).toHaveLength(2));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("sends the report of the last month at once", async () => {
  const { sent } = draw({ "POST /reports/schedule/send": IN_FORCE });
  const dialog = await opened();
  await userEvent.click(await dialog.findByRole("button", { name: "Send now" }));

  await waitFor(() => expect(sent.map((call) => call.path)).toContain("/reports/schedule/send"));
});
