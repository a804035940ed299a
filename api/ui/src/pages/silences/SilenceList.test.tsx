import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import { SilenceList } from "./SilenceList";

const HOUR_MS = 3_600_000;
const aSilence = (id: string, fields: object = {}) => ({
  id,
  comment: id,
  author: "kim",
  matchers: [{ name: "plugin_id", value: "pay-*", is_not: false }],
  starts_at_ms: Date.now() - HOUR_MS,
  ends_at_ms: Date.now() + 2.5 * HOUR_MS,
  created_at_ms: Date.now() - HOUR_MS,
  state: "active",
  cron: "",
  timezone: "",
  duration_minutes: 0,
  ...fields,
});

it("shows what is silenced, by whom and how long still; planned ones apart", async () => {
  const planned = aSilence("backup", {
    state: "planned",
    cron: "0 2 * * 6",
    timezone: "Asia/Seoul",
    duration_minutes: 90,
  });
  renderApp(<SilenceList />, { api: { "GET /silences": { silences: [aSilence("deployment"), planned] } } });
  const list = await screen.findByTestId("silences");
  await waitFor(() => expect(list).toHaveTextContent(/deployment.*plugin_id = pay-\*.*ends in 2 hr.*by kim/));
  expect(list).not.toHaveTextContent("backup");
  await userEvent.click(await screen.findByRole("tab", { name: "Planned (1)" }));

  await waitFor(() => expect(screen.getByTestId("silences")).toHaveTextContent("0 2 * * 6 (Asia/Seoul), 1h 30m each"));
});

it("says what to do when nothing is silenced", async () => {
  renderApp(<SilenceList />, { api: { "GET /silences": { silences: [] } }, language: "ko" });

  expect(await screen.findByText("적용 중인 무음이 없습니다")).toBeVisible();
});

it("ends one after asking", async () => {
  let state = "active";
  const api = {
    "GET /silences": () => ({ silences: [aSilence("deployment", { state })] }),
    "POST /silences/deployment/expire": () => {
      state = "past";
      return aSilence("deployment", { state });
    },
  };
  renderApp(<SilenceList />, { api });
  await userEvent.click(await screen.findByRole("button", { name: "End now: deployment" }));
  await userEvent.click(await within(await screen.findByRole("dialog")).findByRole("button", { name: "End now" }));

  await waitFor(() => expect(screen.getByRole("tab", { name: "Past (1)" })).toBeVisible());
});

it("shows a viewer nothing to change", async () => {
  const api = { "GET /me": { name: "l", role: "viewer" }, "GET /silences": { silences: [aSilence("deployment")] } };
  const { settled } = renderApp(<SilenceList />, { api });
  await screen.findByTestId("silences");

  await settled();
  expect(screen.queryByRole("button", { name: /End now/ })).toBeNull();
  expect(screen.queryByRole("link", { name: "New silence" })).toBeNull();
});
