import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import { apply } from "../../live/LiveProvider";
import { BoardPage } from "./BoardPage";

const page = (...alerts: object[]) => ({ alerts, next_cursor: null, total: alerts.length });
const none = { "GET /alerts/active": page(), "GET /alerts/banner": page() };

it("says what to do next when nothing is wrong, in the reader's language", async () => {
  renderApp(<BoardPage />, { api: none, language: "ko" });

  expect(await screen.findByText("이상 없음")).toBeVisible();
  expect(screen.getByText("활성 알림 0건")).toBeVisible();
});

it("shows what the feed says without reading again", async () => {
  const { cache, sent } = renderApp(<BoardPage />, { api: none });
  await screen.findByText("Nothing is wrong");
  act(() => apply(cache, [{ type: "alert.firing", data: anAlert() }]));

  expect(await screen.findByText("CPU high")).toBeVisible();
  expect(screen.getByText(/value 95 %/)).toBeVisible();
  expect(sent.filter((call) => call.path === "/alerts/active")).toHaveLength(1);
});

it("acknowledges, and shows it at once", async () => {
  const acknowledged = anAlert({ state: "acknowledged", acknowledged_by: "kim", version: 2 });
  const api = { ...none, "GET /alerts/active": page(anAlert()), "POST /alerts/a1/acknowledge": acknowledged };
  const { sent } = renderApp(<BoardPage />, { api });
  await userEvent.click(await screen.findByRole("button", { name: /Acknowledge: CPU high/ }));

  expect(await screen.findByText(/by kim/)).toBeVisible();
  expect(sent.map((call) => `${call.method} ${call.path}`)).toContain("POST /alerts/a1/acknowledge");
});

it("offers nothing to do to those who may only look", async () => {
  const api = { ...none, "GET /alerts/active": page(anAlert()), "GET /me": { name: "lee", role: "viewer" } };
  renderApp(<BoardPage />, { api });
  await screen.findByText("CPU high");

  expect(screen.queryByRole("button")).toBeNull();
});

it("says why when the board cannot be read, and tries again when asked", async () => {
  const refusal = () => new Response(JSON.stringify({ detail: "Redis cannot be reached." }), { status: 503 });
  let answers: () => unknown = refusal;
  renderApp(<BoardPage />, { api: { ...none, "GET /alerts/active": () => answers() } });
  expect(await screen.findByText("The server cannot serve this now")).toBeVisible();
  expect(screen.getByText("Redis cannot be reached.")).toBeVisible();
  answers = () => page(anAlert());
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));

  await waitFor(() => expect(screen.getByText("CPU high")).toBeVisible());
});
