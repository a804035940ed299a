// Shows what the `push` channel tells, also while no page is open. Keeps nothing: there is no fetch handler, so no
// answer and no page is ever served from here.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // A message that is not ours; a browser wants something shown all the same.
  }
  const isUrgent = told.news === "firing" && ["error", "critical", "emergency"].includes(told.severity);
  event.waitUntil(
    self.registration.showNotification(told.title || "Enhanced Alerts", {
      body: told.body ?? "",
      // News of the same alert takes the place of what was told before, and is heard again.
      tag: told.tag || undefined,
      renotify: Boolean(told.tag),
      requireInteraction: isUrgent,
      icon: "/icon-192.png",
      badge: "/badge-96.png",
      data: { link: told.link || "/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.link ?? "/", self.location.origin)));
});

async function open(link) {
  if (link.origin === self.location.origin) {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === link.href) ?? pages[0];
    if (there) {
      await there.focus();
      if (there.url === link.href) return;
      // The page finds its way by itself, and keeps what it knows.
      there.postMessage({ type: "open", path: link.pathname + link.search });
      return;
    }
  }
  await self.clients.openWindow(link.href);
}

// The push service has given this browser another address.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(again()));

async function again() {
  const api = "/api/enhanced-alerts/push";
  const { key } = await (await fetch(`${api}/key`, { credentials: "same-origin" })).json();
  const made = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await fetch(`${api}/subscriptions`, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(made),
  });
}
