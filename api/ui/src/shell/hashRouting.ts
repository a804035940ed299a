/** Routing within the hash, for a component that does not own the page's address: `#/rules?x=1`. */

import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  window.addEventListener("popstate", listener);
  return () => {
    window.removeEventListener("hashchange", listener);
    window.removeEventListener("popstate", listener);
  };
}

const current = () => window.location.hash.replace(/^#?\/?/, "/");
const path = () => current().split("?")[0] ?? "/";
const search = () => current().split("?")[1] ?? "";

/** A location hook as wouter wants it. */
export function useHashLocation(): [string, (to: string, options?: { replace?: boolean }) => void] {
  return [useSyncExternalStore(subscribe, path), navigate];
}
useHashLocation.hrefs = (href: string) => `#${href}`;

/** The search hook that goes with it. */
export function useHashSearch(): string {
  return useSyncExternalStore(subscribe, search);
}

function navigate(to: string, { replace = false } = {}): void {
  // "?x=1" changes the search alone.
  const target = `#${to.startsWith("?") ? path() + to : to}`;
  if (replace) window.history.replaceState(null, "", target);
  else window.history.pushState(null, "", target);
  window.dispatchEvent(new Event("hashchange"));
}
