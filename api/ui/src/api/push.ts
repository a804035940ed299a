/** Web Push to this browser: by the service worker of the page the API serves, for whoever asks for it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Client, useClient } from "./context";
import { keys } from "./keys";

const STORED = "enhanced-alerts-push";

/** `unavailable`: the browser cannot, the page came over plain HTTP, or it is another app's. */
export type PushState = "unavailable" | "denied" | "off" | "on";

async function worker(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return null;
  const found = await navigator.serviceWorker.getRegistration("/");
  const script = found?.active ?? found?.waiting ?? found?.installing;
  return found && script && new URL(script.scriptURL).pathname === "/sw.js" ? found : null;
}

async function readState(): Promise<PushState> {
  const registration = await worker();
  if (!registration) return "unavailable";
  if (Notification.permission === "denied") return "denied";
  return (await registration.pushManager.getSubscription()) && localStorage.getItem(STORED) ? "on" : "off";
}

export function usePush() {
  const client = useClient();
  const cache = useQueryClient();
  const state = useQuery({ queryKey: keys.push, queryFn: readState, staleTime: 60_000 });
  const change = useMutation({
    mutationFn: (isOn: boolean) => (isOn ? subscribe(client) : unsubscribe(client)),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.push }),
  });
  return { state: state.data ?? "unavailable", change };
}

async function subscribe(client: Client): Promise<void> {
  const registration = await worker();
  if (!registration || (await Notification.requestPermission()) !== "granted") return;
  const { key } = await client.get("/push/key");
  const asked = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await registration.pushManager.subscribe(asked).catch(async () => {
    // One made with another key stands in the way: the server was set up anew.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    return registration.pushManager.subscribe(asked);
  });
  const { id } = await client.post("/push/subscriptions", { body: subscription.toJSON() as never });
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
