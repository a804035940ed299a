import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../../test/render";
import { ChannelEditor } from "./ChannelEditor";

const text = { type: "string", default: "" };
const schema = (fields: object) => ({
  description: "A kind.",
  properties: { enabled: { type: "boolean", default: true }, ...fields },
  required: ["url"],
});
const api = {
  "GET /me": { name: "kim", role: "admin" },
  "GET /channels/kinds": {
    webhook: schema({ proxy_url: text, ca_certificate: text, url: text, secret: text }),
    web: schema({}),
  },
  "GET /channels": { channels: [] },
  "GET /notifications/dead": { notifications: [], next_cursor: null, total: 0 },
};

it("asks how the destination is reached below what the channel needs, and sends it", async () => {
  const { sent } = renderApp(<ChannelEditor name="webhook" />, {
    api: { ...api, "PUT /channels/webhook/config": {} },
  });
  await screen.findByRole("heading", { name: "Connection" });
  const save = await screen.findByRole("button", { name: "Save" });
  const names = () => [...document.querySelectorAll("form [name]")].map((field) => field.getAttribute("name"));
  await waitFor(() => expect(names()).toEqual(["url", "secret", "proxy_url", "ca_certificate", "enabled"]));

  fireEvent.change(document.querySelector("[name=url]") as Element, { target: { value: "https://a.example/" } });
  fireEvent.change(document.querySelector("[name=proxy_url]") as Element, {
    target: { value: "http://proxy.example:3128" },
  });
  await userEvent.click(save);
  await waitFor(() =>
    expect(sent.find((call) => call.method === "PUT")?.body).toMatchObject({
      url: "https://a.example/",
      proxy_url: "http://proxy.example:3128",
    }),
  );
});

it("has no such section for a channel without a destination of its own", async () => {
  const { settled } = renderApp(<ChannelEditor name="web" />, { api });
  await screen.findByRole("heading", { name: "Delivery" });
  await settled();
  expect(screen.queryByRole("heading", { name: "Connection" })).toBeNull();
});
