/** Web Push to this browser: by the service worker of the page the API serves, for whoever asks for it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Client, useClient } from "./context";
import { keys } from "./keys";
import { asProblem } from "./problem";

const STORED = "enhanced-alerts-push";

/**
 * `unavailable`: the browser cannot, the page came over plain HTTP, or it is another app's. `lost`: it is wanted, but the
 * browser has no subscription any more and gave no new one.
 */
export type PushState = "unavailable" | "denied" | "off" | "on" | "lost";

const MINUTE_MS = 60_000;
/** How long a subscription is taken to be whole, on both sides. */
const TRUSTED_MS = 60 * MINUTE_MS;

export interface PushFacts {
  permission: NotificationPermission;
  /** Asked for in this browser, and not taken back. */
  isWanted: boolean;
  hasSubscription: boolean;
}

/** Where push stands; null: this browser has no worker of ours. */
export function stateOf(facts: PushFacts | null): PushState {
  if (!facts) return "unavailable";
  if (facts.permission === "denied") return "denied";
  if (!facts.isWanted || facts.permission !== "granted") return "off";
  return facts.hasSubscription ? "on" : "lost";
}

async function worker(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return null;
  const found = await navigator.serviceWorker.getRegistration("/");
  const script = found?.active ?? found?.waiting ?? found?.installing;
  return found && script && new URL(script.scriptURL).pathname === "/sw.js" ? found : null;
}

async function readFacts(): Promise<PushFacts | null> {
  const registration = await worker();
  if (!registration) return null;
  return {
    permission: Notification.permission,
    isWanted: localStorage.getItem(STORED) !== null,
    hasSubscription: (await registration.pushManager.getSubscription()) !== null,
  };
}

/**
 * Subscribe anew whoever asked for it: browsers drop subscriptions, servers are set up anew with another key or restored
 * from a copy that knows of none. Where all is well, this changes nothing.
 */
async function kept(client: Client, signal: AbortSignal): Promise<PushState> {
  const found = stateOf(await readFacts());
  if (found !== "on" && found !== "lost") return found;
  await subscribe(client, signal).catch(() => {});
  return stateOf(await readFacts());
}

/** Keep the subscription up while the component is shown, and change it. */
export function usePush() {
  const client = useClient();
  const cache = useQueryClient();
  const state = useQuery({
    queryKey: keys.push,
    queryFn: ({ signal }) => kept(client, signal),
    staleTime: (query) => (query.state.data === "on" ? TRUSTED_MS : MINUTE_MS),
  });
  const change = useMutation({
    // What keeps it up must not bring it back.
    onMutate: () => cache.cancelQueries({ queryKey: keys.push }),
    mutationFn: (isOn: boolean) => (isOn ? subscribe(client) : unsubscribe(client)),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.push }),
  });
  return { state: state.data ?? "unavailable", change };
}

async function subscribe(client: Client, signal?: AbortSignal): Promise<void> {
  const registration = await worker();
  if (!registration || (await Notification.requestPermission()) !== "granted") return;
  const { key } = await client.get("/push/key", { signal });
  const asked = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await registration.pushManager.subscribe(asked).catch(async () => {
    // One made with another key stands in the way: the server was set up anew.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    return registration.pushManager.subscribe(asked);
  });
  const store = (mine: PushSubscription) =>
    client.post("/push/subscriptions", { body: mine.toJSON() as never, signal });
  const { id } = await store(subscription).catch(async (error: unknown) => {
    // Somebody else subscribed in this browser before; theirs ends here, and this one gets another address.
    if (asProblem(error).status !== 409) throw error;
    await subscription.unsubscribe();
    return store(await registration.pushManager.subscribe(asked));
  });
  localStorage.setItem(STORED, id);
}

async function unsubscribe(client: Client): Promise<void> {
  const id = localStorage.getItem(STORED);
  // The server first: what it no longer knows, it no longer tells, whatever becomes of the rest.
  if (id) await client.delete("/push/subscriptions/{subscription_id}", { path: { subscription_id: id } });
  localStorage.removeItem(STORED);
  const registration = await worker();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
