/**
 * The one way to the API: typed by its OpenAPI document.
 *
 * Paths are written as the document has them, without `/api/enhanced-alerts`; what is wrong arrives as a `Problem`.
 * The session is a cookie; the API tells our own pages from others by `Sec-Fetch-Site`, so there is no token to send.
 */

import { learn } from "../format/clock";
import { Problem, problemOf } from "./problem";
import type { paths } from "./schema";

const PREFIX = "/api/enhanced-alerts";
const TRIES = 3;
const RETRY_MS = 400;
/** Questions too long for an address. Asked twice, they do nothing twice; the API need not keep their answers. */
const QUESTIONS: readonly string[] = [
  "/series/query",
  "/silence-preview",
  "/rule-preview",
  "/rule-backtests",
  "/templates/preview",
  "/routes/test",
];

type Method = "get" | "post" | "put" | "patch" | "delete";
type Known = keyof paths & string;
type Full<P extends string> = `${typeof PREFIX}${P}`;

export type PathOf<M extends Method> = {
  [K in Known]: paths[K][M] extends { responses: unknown } ? (K extends Full<infer R> ? R : never) : never;
}[Known];

type Operation<M extends Method, P extends string> = Full<P> extends Known ? paths[Full<P>][M] : never;
type Json<T> = T extends { content: { "application/json": infer B } } ? B : undefined;
type Successes<T> = T extends { responses: infer R } ? R[keyof R & (200 | 201 | 202 | 204)] : never;

/** What an operation answers. */
export type Answer<M extends Method, P extends string> = Json<Successes<Operation<M, P>>>;
/** What an operation takes. */
export type Body<M extends Method, P extends string> =
  Operation<M, P> extends { requestBody?: infer B } ? Json<NonNullable<B>> : undefined;
type Parameters<M extends Method, P extends string, Where extends "path" | "query"> =
  Operation<M, P> extends { parameters: infer A }
    ? Where extends keyof A
      ? Exclude<A[Where], undefined>
      : undefined
    : undefined;
export type Query<M extends Method, P extends string> = Parameters<M, P, "query">;

export interface Options<M extends Method, P extends string> {
  /** Values of the {names} in the path. */
  path?: Parameters<M, P, "path">;
  query?: Query<M, P>;
  body?: Body<M, P>;
  /** The ETag of what is changed; the API answers 412 if somebody else was faster. */
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** The options of some operation: comparing those of all operations at once is more than the compiler can do. */
interface SomeOptions {
  path?: unknown;
  query?: unknown;
  body?: unknown;
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Versioned<T> {
  data: T;
  etag: string;
}

export class Client {
  constructor(
    private readonly base: string,
    /** Called when the session has ended. */
    private readonly onSignedOut: () => void = () => {},
  ) {}

  get = <P extends PathOf<"get">>(path: P, options: Options<"get", P> = {}): Promise<Answer<"get", P>> =>
    this.data("get", path, options);

  /** As `get`, with the version a later change must name. */
  getVersioned = <P extends PathOf<"get">>(
    path: P,
    options: Options<"get", P> = {},
  ): Promise<Versioned<Answer<"get", P>>> => this.send("get", path, options);

  /** A POST carries an Idempotency-Key, and is sent again if no answer came: it is carried out once. */
  post = <P extends PathOf<"post">>(path: P, options: Options<"post", P> = {}): Promise<Answer<"post", P>> =>
    this.data("post", path, options);

  put = <P extends PathOf<"put">>(path: P, options: Options<"put", P> = {}): Promise<Answer<"put", P>> =>
    this.data("put", path, options);

  patch = <P extends PathOf<"patch">>(path: P, options: Options<"patch", P> = {}): Promise<Answer<"patch", P>> =>
    this.data("patch", path, options);

  delete = <P extends PathOf<"delete">>(path: P, options: Options<"delete", P> = {}): Promise<Answer<"delete", P>> =>
    this.data("delete", path, options);

  /** The address of a path, for links and downloads. */
  href(path: string): string {
    return `${this.base}${PREFIX}${path}`;
  }

  private async data<T>(method: Method, path: string, options: unknown): Promise<T> {
    return (await this.send<T>(method, path, options)).data;
  }

  private async send<T>(method: Method, path: string, given: unknown): Promise<Versioned<T>> {
    const options = given as SomeOptions;
    const headers = new Headers({ Accept: "application/json" });
    if (options.body !== undefined) headers.set("Content-Type", "application/json");
    if (options.ifMatch) headers.set("If-Match", options.ifMatch);
    if (method === "post" && !QUESTIONS.includes(path)) headers.set("Idempotency-Key", newKey());
    const response = await this.answered(this.href(filled(path, options.path, options.query)), {
      method: method.toUpperCase(),
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
    if (response.status === 401) this.onSignedOut();
    if (!response.ok) throw await problemOf(response);
    const text = await response.text();
    return { data: text ? JSON.parse(text) : undefined, etag: response.headers.get("ETag") ?? "" };
  }

  private async answered(url: string, request: RequestInit): Promise<Response> {
    for (let tried = 1; ; tried += 1) {
      try {
        const askedAtMs = Date.now();
        const response = await fetch(url, request);
        learn(response.headers.get("X-Server-Time"), askedAtMs, Date.now());
        return response;
      } catch (error) {
        if (request.signal?.aborted) throw error;
        // Queries are tried again by their cache; of the changes only a POST's key makes that safe.
        if (request.method !== "POST" || tried === TRIES) throw new Problem(0, String(error));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tried));
      }
    }
  }
}

/** Fill a path's {names} and add the query; lists are repeated, what is undefined, null or "" is left out. */
export function filled(path: string, names: unknown = {}, query: unknown = {}): string {
  const values = (names ?? {}) as Record<string, unknown>;
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`${path} needs ${name}`);
    return encodeURIComponent(String(values[name]));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") search.append(name, String(one));
    }
  }
  return search.size ? `${address}?${search}` : address;
}

/** 128 random bits. Not randomUUID: that is missing where the page came over plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
