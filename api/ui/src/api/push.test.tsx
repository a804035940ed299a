import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { renderApp } from "../../test/render";
import { type PushFacts, stateOf, usePush } from "./push";

const ALL_WELL: PushFacts = { permission: "granted", isWanted: true, hasSubscription: true };

it.each([
  [null, "unavailable"],
  [ALL_WELL, "on"],
  [{ ...ALL_WELL, hasSubscription: false }, "lost"],
  [{ ...ALL_WELL, isWanted: false }, "off"],
  [{ ...ALL_WELL, permission: "default" as const }, "off"],
  [{ ...ALL_WELL, permission: "denied" as const }, "denied"],
])("of %o says %s", (facts, expected) => {
  expect(stateOf(facts)).toBe(expected);
});

/** A push service that gives one subscription for one key, as browsers do. */
class PushManager {
  key: string | null = null;
  isReachable = true;

  getSubscription = async () => (this.key === null ? null : this.subscription());

  subscribe = async ({ applicationServerKey: key }: { applicationServerKey: string }) => {
    if (!this.isReachable) throw new DOMException("no push service", "AbortError");
    if (this.key !== null && this.key !== key) throw new DOMException("another key", "InvalidStateError");
    this.key = key;
    return this.subscription();
  };

  private subscription() {
    const endpoint = `https://push.example.com/${this.key}`;
    const unsubscribe = async () => {
      this.key = null;
      return true;
    };
    return { endpoint, toJSON: () => ({ endpoint, keys: {} }), unsubscribe };
  }
}

let manager: PushManager;

beforeEach(() => {
  manager = new PushManager();
  const registration = { active: { scriptURL: "http://localhost/sw.js" }, pushManager: manager };
  Object.defineProperty(navigator, "serviceWorker", {
    configurable: true,
    value: { getRegistration: async () => registration },
  });
  vi.stubGlobal("PushManager", PushManager);
  vi.stubGlobal("Notification", { permission: "granted", requestPermission: async () => "granted" });
});
afterEach(() => {
  localStorage.clear();
  Reflect.deleteProperty(navigator, "serviceWorker");
});

function Shown() {
  const { state, change } = usePush();
  return (
    <button type="button" onClick={() => change.mutate(false)}>
      {state}
    </button>
  );
}
const api = {
  "GET /push/key": { key: "new" },
  "POST /push/subscriptions": ({ body }: { body: { endpoint: string } }) => ({ id: `id of ${body.endpoint}` }),
  "DELETE /push/subscriptions/before": () => new Response(null, { status: 204 }),
};

it.each([
  ["it vanished", null],
  ["the server has another key", "old"],
  ["all is well, and the server may have lost it", "new"],
])("subscribes anew whoever asked for it when %s", async (_, key) => {
  localStorage.setItem("enhanced-alerts-push", "before");
  manager.key = key;
  const { sent } = renderApp(<Shown />, { api });

  expect(await screen.findByText("on")).toBeVisible();
  await waitFor(() => expect(manager.key).toBe("new"));
  await waitFor(() =>
    expect(sent.find((call) => call.path === "/push/subscriptions")?.body).toMatchObject({
      endpoint: "https://push.example.com/new",
    }),
  );
  await waitFor(() => expect(localStorage.getItem("enhanced-alerts-push")).toBe("id of https://push.example.com/new"));
});

it("says that it is lost when the browser gives no new one", async () => {
  localStorage.setItem("enhanced-alerts-push", "before");
  manager.isReachable = false;
  renderApp(<Shown />, { api });

  expect(await screen.findByText("lost")).toBeVisible();
});

it("subscribes nobody who did not ask, and none again who took it back", async () => {
  const { sent, settled } = renderApp(<Shown />, { api });
  await settled();
  expect(await screen.findByText("off")).toBeVisible();
  expect(sent.map((call) => call.path)).not.toContain("/push/subscriptions");
  localStorage.setItem("enhanced-alerts-push", "before");
  manager.key = "new";
  screen.getByRole("button").click();

  await waitFor(() => expect(manager.key).toBeNull());
  await waitFor(() => expect(localStorage.getItem("enhanced-alerts-push")).toBeNull());
  await waitFor(() => expect(sent.map((call) => call.path)).toContain("/push/subscriptions/before"));
});
