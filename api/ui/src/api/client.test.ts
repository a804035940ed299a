import { afterEach, describe, expect, it, vi } from "vitest";
import { Client, filled } from "./client";
import { Problem } from "./problem";

const answer = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers });

function fetching(...answers: (Response | Error)[]) {
  const fetch = vi.fn(async (_url: string, _request: RequestInit) => {
    const next = answers.shift();
    if (next instanceof Response) return next;
    throw next;
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

afterEach(() => vi.unstubAllGlobals());

describe("client", () => {
  it("fills addresses, repeats lists, leaves out what is not given", () => {
    expect(filled("/a/{id}/b", { id: "x/ㄱ" }, { severity: ["info", "error"], cursor: null, q: "", n: 0 })).toBe(
      "/a/x%2F%E3%84%B1/b?severity=info&severity=error&n=0",
    );
    expect(() => filled("/a/{id}", {})).toThrow("needs id");
  });

  it("names every bad field of a refusal", async () => {
    fetching(answer({ detail: "1 field cannot be accepted.", errors: [{ field: "name", message: "too long" }] }, 422));
    const problem = await new Client("").post("/rules").catch((error) => error);

    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({
      status: 422,
      detail: "1 field cannot be accepted.",
      errors: [{ field: "name", message: "too long" }],
    });
  });

  it("understands a proxy's page as a refusal, too", async () => {
    fetching(new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }));

    await expect(new Client("").get("/me")).rejects.toMatchObject({ status: 502, detail: "Bad Gateway" });
  });

  it("sends a POST again with the same key if no answer came, and other changes never", async () => {
    const posted = fetching(new TypeError("network"), answer({ ok: true }));
    await new Client("/base").post("/alerts/{alert_id}/acknowledge", { path: { alert_id: "a1" } });
    const keys = posted.mock.calls.map(([, request]) => new Headers(request.headers).get("Idempotency-Key"));
    expect(posted.mock.calls[0]?.[0]).toBe("/base/api/enhanced-alerts/alerts/a1/acknowledge");
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);

    const put = fetching(new TypeError("network"), answer({}));
    const refused = new Client("").put("/rules/{rule_id}", { path: { rule_id: "r" } });
    await expect(refused).rejects.toMatchObject({ status: 0 });
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("carries the version read to the change", async () => {
    const fetch = fetching(answer({ id: "r" }, 200, { ETag: '"7"' }), answer(null, 204));
    const client = new Client("");
    const { etag } = await client.getVersioned("/rules/{rule_id}", { path: { rule_id: "r" } });
    await client.delete("/rules/{rule_id}", { path: { rule_id: "r" }, ifMatch: etag });

    expect(new Headers(fetch.mock.calls[1]?.[1].headers).get("If-Match")).toBe('"7"');
  });

  it("tells whoever mounts it that the session has ended", async () => {
    fetching(answer({ detail: "Sign in first" }, 401));
    const onSignedOut = vi.fn();
    await new Client("", onSignedOut).get("/me").catch(() => {});

    expect(onSignedOut).toHaveBeenCalledOnce();
  });
});
