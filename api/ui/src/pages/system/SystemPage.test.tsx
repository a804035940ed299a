import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp, type Sent } from "../../../test/render";
import { aProcess, aStatus } from "../../../test/system";
import { SystemPage } from "./SystemPage";

const api = (status: unknown, role = "admin") => ({
  "GET /me": { name: "kim", role },
  "GET /status": status,
  "GET /channels/health": { email: { sent: 9, failed: 1, dead: 0, queued: 2, p95_ms: 300 } },
  "GET /dead-letters": { dead_letters: [], next_cursor: null, total: 0 },
});

it("draws who does what, and says that all is well", async () => {
  renderApp(<SystemPage />, { api: api(aStatus()) });

  expect(await screen.findByText("Everything runs: events are evaluated and delivered.")).toBeVisible();
  expect((await within(await screen.findByTestId("partitions")).findAllByRole("row")).slice(1)).toHaveLength(2);
  expect(await screen.findByText("Every event could be evaluated")).toBeVisible();
});

it("says what is wrong, what becomes of it, and what to do", async () => {
  const status = aStatus({
    processes: [aProcess("router")],
    missing: ["evaluator", "worker", "relay"],
    partitions: [{ partition: 0, lag: 0, owner: null, outbox: 0, dead_letters: 0 }],
  });
  renderApp(<SystemPage />, { api: api(status), language: "ko" });

  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("enhanced-alerts evaluator"));
  expect(Number(screen.getByRole("alert").getAttribute("data-count"))).toBeGreaterThan(2);
});

it.each([
  ["en", "Show more (1)"],
  ["ko", "더 보기 (1)"],
] as const)("shows dead letters by pages (%s)", async (language, more) => {
  const letter = {
    partition: 0,
    at_ms: 2_000,
    reason: "no JSON",
    reason_code: "",
    reason_values: {},
    payload: "first",
  };
  const pages = ({ query }: Sent) =>
    query.cursor === "c1"
      ? { dead_letters: [{ ...letter, at_ms: 1_000, payload: "second" }], next_cursor: null, total: 2 }
      : { dead_letters: [letter], next_cursor: "c1", total: 2 };
  const { settled } = renderApp(<SystemPage />, { api: { ...api(aStatus()), "GET /dead-letters": pages }, language });
  await userEvent.click(await screen.findByRole("button", { name: more }));

  expect(await screen.findByText("second")).toBeVisible();
  await settled();
  expect(await screen.findByText("first")).toBeVisible();
  expect(screen.queryByRole("button", { name: more })).toBeNull();
});

it("keeps dead letters from those who are no admins", async () => {
  const { sent, settled } = renderApp(<SystemPage />, { api: api(aStatus(), "viewer") });
  await settled();

  expect(await screen.findByText(/Only admins see the events/)).toBeVisible();
  expect(sent.map((call) => call.path)).not.toContain("/dead-letters");
});

it("says in the reader's language why events could not be evaluated, and quotes a reason without a code", async () => {
  const letter = { partition: 0, at_ms: 1_000, payload: "{}", reason: "500 events in one entry; the limit is 200" };
  const coded = { ...letter, reason_code: "event.entry_events", reason_values: { events: 500, limit: 200 } };
  const old = { ...letter, at_ms: 2_000, reason: "of an earlier release", reason_code: "", reason_values: {} };
  renderApp(<SystemPage />, {
    api: { ...api(aStatus()), "GET /dead-letters": { dead_letters: [coded, old] } },
    language: "ko",
  });

  const letters = within(await screen.findByTestId("dead-letters"));
  expect(await letters.findByText("항목 하나에 이벤트 500건, 한도(200건) 초과")).toBeVisible();
  await waitFor(() => expect(letters.getByText("of an earlier release")).toHaveAttribute("lang", "en"));
  expect(letters.queryByText(letter.reason)).toBeNull();
});

it("says why when the status cannot be read", async () => {
  const refusal = () => new Response(JSON.stringify({ detail: "Redis cannot be reached." }), { status: 503 });
  renderApp(<SystemPage />, { api: api(refusal) });

  await waitFor(() => expect(screen.getByText("Redis cannot be reached.")).toBeVisible());
});
