import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "../../../../test/render";
import { ChannelSelect } from "./ChannelSelect";

it("calls no channel missing before the server has answered", async () => {
  let answer = (_: Response) => {};
  const pending = new Promise<Response>((resolve) => {
    answer = resolve;
  });
  const select = (
    <ChannelSelect label="Channels" disabled={false} value={["web", "sms"]} onChange={() => {}} error={undefined} />
  );
  renderApp(select, { api: { "GET /channels/config": () => pending } });

  expect(await screen.findByText("web")).toBeVisible();
  expect(screen.queryByText(/not set up/)).toBeNull();

  answer(new Response(JSON.stringify({ web: { configured: true }, sms: { configured: false } })));
  await waitFor(() => expect(screen.getByText("sms (not set up)")).toBeVisible());
  expect(screen.getByText("web")).toBeVisible();
});
