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
  renderApp(select, { api: { "GET /channels": () => pending } });

  expect(await screen.findByText("web")).toBeVisible();
  expect(screen.queryByText(/not set up/)).toBeNull();

  const channels = [
    { name: "web", configured: true },
    { name: "sms", configured: false },
  ];
  answer(new Response(JSON.stringify({ channels, next_cursor: null, total: 2 })));
  await waitFor(() => expect(screen.getByText("sms (not set up)")).toBeVisible());
  expect(await screen.findByText("web")).toBeVisible();
});
