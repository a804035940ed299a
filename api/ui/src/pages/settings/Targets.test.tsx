import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import type { ScrapeJob, Target } from "../../api/scrapes";
import { EMPTY } from "./JobDialog";
import { pairsOf, textsOf } from "./pairs";
import { SettingsPage } from "./SettingsPage";

const path = "/settings?section=targets";
const job: ScrapeJob = { ...EMPTY, name: "node", targets: ["web-1:9100"], password: "•••", version: "v1" } as ScrapeJob;
const target: Target = {
  ...{ id: "a", job: "node", url: "http://web-1:9100/metrics", source: "", labels: { instance: "web-1:9100" } },
  ...{ state: "up", at_ms: 1_000, duration_ms: 12, samples: 500, size_bytes: 9, refused: 3 },
  ...{ error: "", error_code: "", error_values: {} },
};
const down: Target = {
  ...{ ...target, id: "b", url: "http://web-2:9100/metrics", labels: { instance: "web-2:9100" }, state: "down" },
  ...{ error: "late", error_code: "scrape.too_slow", error_values: { limit_s: 10 } },
};
const file = {
  ...{ path: "/etc/node.json", host: "here", job: "node", targets: 2, read_at_ms: 1_000, seen_at_ms: 1_000 },
  ...{ error: "cut", error_code: "scrape.file_bytes", error_values: { limit: 5 } },
};
const base = {
  "GET /me": { name: "kim", role: "admin" },
  "GET /ingest/jobs": { jobs: [job] },
  "GET /ingest/targets": { targets: [target, down] },
  "GET /ingest/files": { files: [file] },
};

it("shows a viewer why a target is down, and no jobs", async () => {
  const { settled } = renderApp(<SettingsPage />, {
    api: { ...base, "GET /me": { name: "lee", role: "viewer" } },
    path,
  });
  const rows = within(await screen.findByTestId("targets"));

  expect(await rows.findByText(/did not send its page within 10 s/)).toBeVisible();
  expect(await rows.findByText("up")).toBeVisible();
  await waitFor(() => expect(rows.getAllByText("3 samples left out")).toHaveLength(2));
  await waitFor(() => expect(screen.getByTestId("target-files")).toHaveTextContent("more than 5 bytes"));
  await settled();
  expect(screen.queryByTestId("scrape-jobs")).toBeNull();
});

it("changes a job from the version that was shown, and sends the mask of its secret back", async () => {
  const api = { ...base, "PUT /ingest/jobs/node": job };
  const { sent } = renderApp(<SettingsPage />, { api, path });
  await userEvent.click(await screen.findByRole("button", { name: "Edit node" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(await dialog.findByLabelText("Labels", { selector: "input" }), "team=결제{Enter}");
  await userEvent.click(await dialog.findByRole("button", { name: "Save" }));

  await waitFor(() => expect(sent.find((call) => call.method === "PUT")).toBeDefined());
  expect(sent.find((call) => call.method === "PUT")?.body).toMatchObject({
    ...{ name: "node", targets: ["web-1:9100"], password: "•••", labels: { team: "결제" }, interval_seconds: 30 },
  });
});

it("says at the field what the server refuses, in Korean too", async () => {
  const errors = [{ field: "targets", message: "no", code: "invalid.host_and_port", values: { given: "web-1" } }];
  const refusal = () => new Response(JSON.stringify({ detail: "", code: "invalid.fields", errors }), { status: 422 });
  const api = { ...base, "PUT /ingest/jobs/new": refusal };
  renderApp(<SettingsPage />, { api, path, language: "ko" });
  await userEvent.click(await screen.findByRole("button", { name: "스크레이프 작업 추가" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(await dialog.findByLabelText("이름"), "new");
  await userEvent.type(await dialog.findByLabelText("주소", { selector: "input" }), "web-1{Enter}");
  await userEvent.click(await dialog.findByRole("button", { name: "저장" }));

  expect(await dialog.findByText(/아닙니다: 'web-1'/)).toBeVisible();
});

it("deletes a job after a question", async () => {
  const api = { ...base, "DELETE /ingest/jobs/node": () => new Response(null, { status: 204 }) };
  const { sent } = renderApp(<SettingsPage />, { api, path });
  await userEvent.click(await screen.findByRole("button", { name: "Delete node" }));
  await userEvent.click(await within(await screen.findByRole("dialog")).findByRole("button", { name: "Delete" }));

  await waitFor(() => expect(sent.map((call) => `${call.method} ${call.path}`)).toContain("DELETE /ingest/jobs/node"));
});

it("reads labels as they are written", () => {
  const labels = { team: "shop", expression: "a=b", empty: "" };

  expect(pairsOf(textsOf(labels))).toEqual(labels);
  expect(pairsOf([" name =x", "alone"])).toEqual({ name: "x", alone: "" });
});
