import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { renderApp } from "../../../test/render";
import type { Severity } from "../../api/types";
import { apply } from "../../live/LiveProvider";
import { BoardPage } from "./BoardPage";

const page = (...alerts: object[]) => ({ alerts, next_cursor: null, total: alerts.length });
const none = { "GET /alerts/active": page(), "GET /alerts/banner": page() };

it("says what to do next when nothing is wrong, in the reader's language", async () => {
  renderApp(<BoardPage />, { api: none, language: "ko" });

  expect(await screen.findByText("이상 없음")).toBeVisible();
  expect(await screen.findByText("활성 알림 0건")).toBeVisible();
});

it("shows what the feed says without reading again", async () => {
  const { cache, sent, settled } = renderApp(<BoardPage />, { api: none });
  await screen.findByText("Nothing is wrong");
  act(() => apply(cache, [{ type: "alert.firing", data: anAlert() }]));

  expect(await screen.findByText("CPU high")).toBeVisible();
  expect(await screen.findByText("95 %")).toBeVisible();
  await settled();
  expect(sent.filter((call) => call.path === "/alerts/active")).toHaveLength(1);
});

it("names the parent of an alert's plugin, and finds the alert by it", async () => {
  const disk = anAlert({ plugin_name: "sda", parent_id: "web-1" });
  const { settled } = renderApp(<BoardPage />, {
    api: { ...none, "GET /alerts/active": page(disk, anAlert({ id: "a2" })) },
    path: "/?q=web-1",
  });

  expect(await screen.findByText("sda · web-1")).toBeVisible();
  await settled();
  expect(screen.queryByText("결제 서버")).toBeNull();
});

it("acknowledges, and shows it at once", async () => {
  const acknowledged = anAlert({ state: "acknowledged", acknowledged_by: "kim", version: 2 });
  const api = { ...none, "GET /alerts/active": page(anAlert()), "POST /alerts/a1/acknowledge": acknowledged };
  const { sent } = renderApp(<BoardPage />, { api });
  await userEvent.click(await screen.findByRole("button", { name: /Acknowledge: CPU high/ }));

  expect(await screen.findByText(/by kim/)).toBeVisible();
  await waitFor(() =>
    expect(sent.map((call) => `${call.method} ${call.path}`)).toContain("POST /alerts/a1/acknowledge"),
  );
});

it("resolves one alert after a question that names the channels, by button and by key", async () => {
  const resolved = { done: 1, refused: [] };
  const told = { told: { a1: { web: "firing", email: "firing" } } };
  const api = { ...none, "GET /alerts/active": { ...page(anAlert()), ...told }, "POST /alerts/resolve": resolved };
  const { sent } = renderApp(<BoardPage />, { api });
  const posts = () => sent.filter(({ method, path }) => method === "POST" && path.startsWith("/alerts"));
  await userEvent.click(await screen.findByRole("button", { name: /Resolve: CPU high/ }));
  expect(await screen.findByTestId("will-tell")).toHaveTextContent("Notifies: email, web");
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.keyboard("jr");
  const dialog = await screen.findByRole("dialog");
  expect(posts()).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Resolve" }));

  await waitFor(() => expect(posts()).toHaveLength(1));
});

it("offers nothing to do to those who may only look", async () => {
  const api = { ...none, "GET /alerts/active": page(anAlert()), "GET /me": { name: "lee", role: "viewer" } };
  const { settled } = renderApp(<BoardPage />, { api });
  await screen.findByText("CPU high");

  await settled();
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.queryByRole("button", { name: /CPU high/ })).toBeNull();
});

it("shows who was told, and what holds it back with the reason", async () => {
  const told = { told: { a1: { web: "firing", email: "firing" } } };
  const held = anAlert({ id: "a2", suppressed: { silenced: "silenced by kim: release" } });
  renderApp(<BoardPage />, { api: { ...none, "GET /alerts/active": { ...page(anAlert(), held), ...told } } });

  expect(await screen.findByText("Notified: web, email")).toBeVisible();
  await waitFor(() => expect(screen.getByText("Silenced")).toHaveAttribute("title", "silenced by kim: release"));
});

it("acknowledges all that are selected in requests of five hundred", async () => {
  const many = Array.from({ length: 501 }, (_, n) => anAlert({ id: `a${n}` }));
  const answer = ({ body }: { body: { alert_ids: string[] } }) => ({
    alerts: body.alert_ids.map((id) => anAlert({ id, state: "acknowledged", version: 2 })),
    refused: [],
  });
  const api = { ...none, "GET /alerts/active": page(...many), "POST /alerts/bulk/acknowledge": answer };
  const { sent } = renderApp(<BoardPage />, { api });
  await userEvent.click(await screen.findByRole("checkbox", { name: "Select all (501)" }));
  await userEvent.keyboard("a");

  await waitFor(() => expect(screen.getByRole("checkbox", { name: "Select all (501)" })).not.toBeChecked());
  const asked = sent.filter((call) => call.path === "/alerts/bulk/acknowledge").map((call) => call.body);
  expect(asked.map((body) => (body as { alert_ids: string[] }).alert_ids.length)).toEqual([500, 1]);
});

it("keeps its filters in the address, and says when nothing fits", async () => {
  const api = {
    ...none,
    "GET /alerts/active": page(anAlert(), anAlert({ id: "a2", severity: "info", rule_name: "Disk" })),
  };
  const { location, settled } = renderApp(<BoardPage />, { api, path: "/?severity=info" });
  expect(await screen.findByText("Disk")).toBeVisible();
  await settled();
  expect(screen.queryByText("CPU high")).toBeNull();
  await userEvent.type(await screen.findByRole("searchbox"), "nothing like it");

  expect(await screen.findByText("No alert fits the filters")).toBeVisible();
  await waitFor(() => expect(location.history.at(-1)).toContain("q=nothing"));
});

it("silences in two clicks, and says first how many it would hide", async () => {
  const api = {
    ...none,
    "GET /alerts/active": page(anAlert()),
    "POST /silence-preview": { count: 3, alerts: [] },
    "POST /silences": { id: "silence-1" },
  };
  const { sent } = renderApp(<BoardPage />, { api });
  await userEvent.click(await screen.findByRole("button", { name: "Silence: CPU high, 결제 서버" }));
  expect(await screen.findByText(/Matches 3 active alerts/)).toBeVisible();
  await userEvent.click(await screen.findByRole("button", { name: "Silence" }));

  await waitFor(() => expect(sent.some((call) => call.path === "/silences")).toBe(true));
  expect(sent.find((call) => call.path === "/silences")?.body).toMatchObject({
    matchers: [
      { name: "rule_id", value: "cpu-high" },
      { name: "plugin_id", value: "pay" },
    ],
  });
});

it("shows the worst of the banner first, also when more is told", async () => {
  const told = (id: string, severity: Severity) => anAlert({ id, severity, rule_name: severity });
  const banner = page(told("a1", "info"), told("a2", "critical"));
  const { cache } = renderApp(<BoardPage />, { api: { ...none, "GET /alerts/banner": banner } });
  await screen.findByTestId("banner");
  const more = { items: [{ news: "firing", alert: told("a3", "error") }] };
  act(() => apply(cache, [{ type: "banner", data: more }]));

  await waitFor(() =>
    expect(
      within(screen.getByTestId("banner"))
        .getAllByRole("link")
        .map((link) => link.textContent?.split(":")[0]),
    ).toEqual(["Critical", "Error", "Info"]),
  );
});

it("says why when the board cannot be read, and tries again when asked", async () => {
  const refusal = () => new Response(JSON.stringify({ detail: "Redis cannot be reached." }), { status: 503 });
  let answers: () => unknown = refusal;
  renderApp(<BoardPage />, { api: { ...none, "GET /alerts/active": () => answers() } });
  expect(await screen.findByText("The server cannot process this request now")).toBeVisible();
  expect(await screen.findByText("Redis cannot be reached.")).toBeVisible();
  answers = () => page(anAlert());
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));

  await waitFor(() => expect(screen.getByText("CPU high")).toBeVisible());
});
