/** What the API or the network refused, as an error: RFC 9457 problem documents, with every bad field named. */

export interface FieldError {
  field: string;
  /** The server's own sentence; English. */
  message: string;
  code?: string;
  values?: Record<string, unknown>;
}

export class Problem extends Error {
  override readonly name = "Problem";

  /**
   * @param status HTTP status; 0 if no answer came at all.
   * @param detail One sentence of the server's that says what to do; English.
   * @param errors Fields that cannot be accepted, by their dotted path.
   * @param retryAfterMs When to try again; 0 if the server did not say.
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly retryAfterMs = 0,
    readonly requestId = "",
    /** The detail as a code with values; empty where it is text alone. */
    readonly reason: { code?: string; values?: Record<string, unknown> } = {},
  ) {
    super(detail);
  }
}

/** Turn whatever was thrown into a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, error instanceof Error ? error.message : String(error));
}

/** Read a refusal; its body may be anything, if a proxy answered. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  const retryAfterMs = Number(response.headers.get("Retry-After") ?? 0) * 1_000 || 0;
  let body: { detail?: unknown; errors?: unknown; code?: unknown; values?: unknown } = {};
  try {
    body = await response.json();
  } catch {
    // Not ours: its status must do.
  }
  const detail = typeof body.detail === "string" && body.detail ? body.detail : response.statusText;
  const errors = Array.isArray(body.errors) ? (body.errors as FieldError[]) : [];
  const reason = typeof body.code === "string" ? { code: body.code, values: (body.values ?? {}) as object } : {};
  return new Problem(response.status, detail, errors, retryAfterMs, requestId, reason as Problem["reason"]);
}
