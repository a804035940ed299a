/** What a JSON schema (as pydantic writes it) says of a form: a list of fields, each of one kind. Pure. */

export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  writeOnly?: boolean;
  anyOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export type FieldKind =
  | "text"
  | "long-text"
  | "secret"
  | "number"
  | "flag"
  | "choice"
  | "fixed"
  | "texts"
  | "secrets"
  | "pairs"
  | "object"
  | "objects"
  /** An object whose fields the schema leaves open. */
  | "open"
  | "opens"
  /** Something else: written as JSON. */
  | "json";

export interface Field {
  name: string;
  kind: FieldKind;
  title: string;
  help: string;
  isRequired: boolean;
  /** null is an answer of its own: "not set". */
  isNullable: boolean;
  schema: JsonSchema;
  /** Of the parts of a list, or of an object's fields. */
  inner: JsonSchema | null;
}

/** What the server shows in place of a secret that is set; sent back, it leaves the secret as it is. */
export const MASK = "•••";
const LONG = 1_000;

export type Values = Record<string, unknown>;

/** Follow references, and take what is beside null in `anyOf` for the thing itself. */
export function resolved(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; isNullable: boolean } {
  if (schema.$ref) {
    const target = root.$defs?.[schema.$ref.split("/").at(-1) ?? ""] ?? {};
    return resolved({ ...target, ...without(schema, "$ref") }, root);
  }
  if (schema.allOf?.length === 1 && schema.allOf[0]) {
    return resolved({ ...schema.allOf[0], ...without(schema, "allOf") }, root);
  }
  if (schema.anyOf) {
    const others = schema.anyOf.filter((one) => one.type !== "null");
    const isNullable = others.length < schema.anyOf.length;
    const [only] = others;
    if (others.length === 1 && only) {
      const inner = resolved(only, root);
      return { schema: { ...inner.schema, ...without(schema, "anyOf") }, isNullable: isNullable || inner.isNullable };
    }
    return { schema, isNullable };
  }
  return { schema, isNullable: schema.type === "null" };
}

function without(schema: JsonSchema, name: keyof JsonSchema): JsonSchema {
  const { [name]: _, ...rest } = schema;
  return rest;
}

/** The fields of an object's schema: what must be filled in first, otherwise in the schema's order. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema): Field[] {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, raw]): Field => {
    const { schema: own, isNullable } = resolved(raw, root);
    const inner = own.items ? resolved(own.items, root).schema : own.properties ? own : null;
    return {
      name,
      kind: kindOf(own, inner),
      title: own.title ?? raw.title ?? name,
      help: raw.description ?? own.description ?? "",
      isRequired: required.has(name),
      isNullable,
      schema: own,
      inner,
    };
  });
  return [...fields.filter((field) => field.isRequired), ...fields.filter((field) => !field.isRequired)];
}

function kindOf(schema: JsonSchema, inner: JsonSchema | null): FieldKind {
  if (schema.const !== undefined) return "fixed";
  if (schema.enum) return "choice";
  switch (schema.type) {
    case "boolean":
      return "flag";
    case "integer":
    case "number":
      return "number";
    case "string":
      if (isSecret(schema)) return "secret";
      return (schema.maxLength ?? 0) > LONG ? "long-text" : "text";
    case "array":
      if (inner?.type === "string") return isSecret(inner) ? "secrets" : "texts";
      if (inner?.type === "object") return inner.properties ? "objects" : "opens";
      return "json";
    case "object":
      if (schema.properties) return "object";
      if (typeof schema.additionalProperties === "object" && schema.additionalProperties.type === "string")
        return "pairs";
      return "open";
    default:
      return "json";
  }
}

function isSecret(schema: JsonSchema): boolean {
  return schema.writeOnly === true || schema.format === "password";
}

/** What a form begins with: defaults, and constants; what has none is left out. */
export function initialOf(schema: JsonSchema, root: JsonSchema = schema): Values {
  const values: Values = {};
  for (const field of fieldsOf(schema, root)) {
    if (field.schema.const !== undefined) values[field.name] = field.schema.const;
    else if (field.schema.default !== undefined) values[field.name] = field.schema.default;
    else if (field.kind === "object" && field.isRequired) values[field.name] = initialOf(field.schema, root);
  }
  return values;
}

/** What to send: fields of this schema only, emptied ones as null where that is allowed, otherwise left out. */
export function sendable(schema: JsonSchema, values: Values, root: JsonSchema = schema): Values {
  const sent: Values = {};
  for (const field of fieldsOf(schema, root)) {
    const value = values[field.name];
    if (field.kind === "object" && value && typeof value === "object") {
      sent[field.name] = sendable(field.schema, value as Values, root);
    } else if (field.kind === "objects" && Array.isArray(value) && field.inner) {
      const inner = field.inner;
      sent[field.name] = value.map((one) => sendable(inner, one as Values, root));
    } else if (value === undefined || value === null || (value === "" && (field.isRequired || field.isNullable))) {
      if (field.isNullable) sent[field.name] = null;
    } else {
      sent[field.name] = value;
    }
  }
  return sent;
}

/** The names that every one of *schemas* has: what is the same for all kinds. */
export function shared(schemas: readonly JsonSchema[]): ReadonlySet<string> {
  const [first, ...rest] = schemas.map((schema) => new Set(Object.keys(schema.properties ?? {})));
  return new Set([...(first ?? [])].filter((name) => rest.every((names) => names.has(name))));
}

/** A name made readable: `webhook_url` → "Webhook url". */
export function readable(name: string): string {
  const words = name.replace(/_/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}
