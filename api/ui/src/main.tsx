/** The dashboard as the API serves it: it owns the page. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { EnhancedAlertSystem } from "./EnhancedAlertSystem";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content;
const root = document.getElementById("root");
// Reloaded by somebody not signed in, the server answers with its sign-in page, and leads back here after it.
const signIn = () => window.location.reload();

// Keeps nothing; it is there for Web Push, and leads to the alert of a notification that was clicked.
if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.register("/sw.js").catch(() => {});
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "open") window.history.pushState(null, "", String(data.path));
  });
}

if (root) {
  createRoot(root).render(
    <StrictMode>
      <EnhancedAlertSystem routing="path" onSignedOut={signIn} {...(nonce ? { styleNonce: nonce } : {})} />
    </StrictMode>,
  );
}
