import { expect, it } from "vitest";
import { fieldsOf, initialOf, type JsonSchema, sendable, shared } from "./schema";

const SCHEMA: JsonSchema = {
  type: "object",
  $defs: { Step: { type: "object", properties: { after: { type: "number" } }, required: ["after"] } },
  properties: {
    note: { type: "string", default: "" },
    limit: { anyOf: [{ type: "number", minimum: 1 }, { type: "null" }], default: null },
    token: { anyOf: [{ type: "string", format: "password", writeOnly: true }, { type: "null" }], default: null },
    urls: { type: "array", items: { type: "string", writeOnly: true } },
    to: { type: "array", items: { type: "string" } },
    steps: { type: "array", items: { $ref: "#/$defs/Step" } },
    step: { $ref: "#/$defs/Step" },
    parts: { type: "array", items: { type: "object", additionalProperties: true } },
    labels: { type: "object", additionalProperties: { type: "string" } },
    mode: { enum: ["a", "b"], default: "a" },
    version: { const: 1 },
    body: { type: "string", maxLength: 4_000 },
    on: { type: "boolean" },
    either: { anyOf: [{ type: "string" }, { type: "number" }] },
    place: { type: "string" },
  },
  required: ["place"],
};

it("knows each kind of field, what must be filled in first", () => {
  const kinds = Object.fromEntries(fieldsOf(SCHEMA).map((field) => [field.name, field.kind]));

  expect(fieldsOf(SCHEMA)[0]?.name).toBe("place");
  expect(kinds).toEqual({
    place: "text",
    note: "text",
    limit: "number",
    token: "secret",
    urls: "secrets",
    to: "texts",
    steps: "objects",
    step: "object",
    parts: "opens",
    labels: "pairs",
    mode: "choice",
    version: "fixed",
    body: "long-text",
    on: "flag",
    either: "json",
  });
});

it("keeps a field's bounds through anyOf with null", () => {
  const limit = fieldsOf(SCHEMA).find((field) => field.name === "limit");

  expect(limit).toMatchObject({ isNullable: true, schema: { minimum: 1, default: null } });
});

it("begins with defaults and constants", () => {
  expect(initialOf(SCHEMA)).toEqual({ note: "", limit: null, token: null, mode: "a", version: 1 });
});

it("sends null for what was emptied where that is allowed, and leaves the rest out", () => {
  const sent = sendable(SCHEMA, { place: "", limit: null, token: "", note: "", on: false, stranger: 1 });

  expect(sent).toEqual({ limit: null, token: null, note: "", on: false });
});

it("sends a mask back as it came", () => {
  expect(sendable(SCHEMA, { token: "•••", urls: "•••" })).toMatchObject({ token: "•••", urls: "•••" });
});

it("finds what all kinds share", () => {
  expect([...shared([SCHEMA, { properties: { note: {}, other: {} } }])]).toEqual(["note"]);
});
