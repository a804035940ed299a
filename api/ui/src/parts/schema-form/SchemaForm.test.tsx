import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { renderApp } from "../../../test/render";
import { SchemaForm } from "./SchemaForm";
import type { JsonSchema, Values } from "./schema";

const SCHEMA: JsonSchema = {
  properties: {
    enabled: { type: "boolean", default: true, title: "Enabled" },
    webhook_url: { type: "string", format: "password", writeOnly: true, title: "Webhook Url" },
    strange_thing: { type: "integer", title: "Strange Thing", description: "Nobody knows it." },
    to_emails: { type: "array", items: { type: "string" }, title: "To Emails" },
  },
  required: ["webhook_url"],
};

function Form({
  initial,
  errors,
  onValue,
}: {
  initial: Values;
  errors?: Record<string, string>;
  onValue: (value: Values) => void;
}) {
  const [value, setValue] = useState(initial);
  const change = (next: Values) => {
    setValue(next);
    onValue(next);
  };
  return <SchemaForm schema={SCHEMA} value={value} onChange={change} scope="slack" {...(errors ? { errors } : {})} />;
}

function Named({ onValue }: { onValue: (value: Values) => void }) {
  const [value, setValue] = useState<Values>({});
  const change = (next: Values) => {
    setValue(next);
    onValue(next);
  };
  const schema: JsonSchema = { properties: { metric: { type: "string", title: "Metric" } } };
  return <SchemaForm schema={schema} value={value} onChange={change} suggestions={{ metric: ["cpu_usage", "load"] }} />;
}

it("draws a kind nobody has words for from its schema, and the rest in the reader's language", async () => {
  renderApp(<Form initial={{}} onValue={() => {}} />, { language: "ko" });

  expect(await screen.findByLabelText(/웹훅 주소/)).toBeVisible();
  expect(await screen.findByLabelText("Strange thing")).toBeVisible();
  expect(await screen.findByText("Nobody knows it.")).toBeVisible();
});

it("keeps a secret that is set until another is typed, and shows neither", async () => {
  let value: Values = {};
  renderApp(<Form initial={{ webhook_url: "•••" }} onValue={(next) => (value = next)} />);
  const secret = await screen.findByLabelText(/Webhook address/);

  expect(secret).toHaveValue("");
  expect(secret).toHaveAttribute("type", "password");
  expect(secret).toHaveAttribute("placeholder", "Set. Leave empty to keep it.");
  await userEvent.type(secret, "x");
  expect(value).toEqual({ webhook_url: "x" });
});

it("shows the server's errors at their fields, those of a list's parts too", async () => {
  const errors = { webhook_url: "must be an address", "to_emails.1": "is no address" };
  renderApp(<Form initial={{}} errors={errors} onValue={() => {}} />);

  await waitFor(() =>
    expect(screen.getByLabelText(/Webhook address/)).toHaveAccessibleDescription(/must be an address/),
  );
  expect(await screen.findByText("is no address")).toBeVisible();
});

it("keeps a name that is typed and not suggested, and sends no form when Enter is pressed in it", async () => {
  let value: Values = {};
  const onSubmit = vi.fn((event: { preventDefault: () => void }) => event.preventDefault());
  renderApp(
    <form onSubmit={onSubmit}>
      <Named onValue={(next) => (value = next)} />
      <button type="submit">Send</button>
    </form>,
  );
  const metric = await screen.findByRole("combobox", { name: "Metric" });
  await userEvent.type(metric, "queue_depth{Enter}");
  await userEvent.tab();

  expect(metric).toHaveValue("queue_depth");
  expect(value).toEqual({ metric: "queue_depth" });
  expect(onSubmit).not.toHaveBeenCalled();
});

it("hands whole numbers and flags on as such", async () => {
  let value: Values = {};
  renderApp(<Form initial={{ enabled: true }} onValue={(next) => (value = next)} />);
  await userEvent.type(await screen.findByLabelText("Strange thing"), "12");
  await userEvent.click(await screen.findByRole("switch", { name: /Switched on/ }));

  expect(value).toEqual({ enabled: false, strange_thing: 12 });
});
