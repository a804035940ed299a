/** The server's clock for ages on the page: one timer for all of them. */

import { useSyncExternalStore } from "react";
import { serverNow } from "./clock";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let nowMs = serverNow();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = serverNow();
    for (const one of listeners) one();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Now, epoch ms, rounded down to *everyMs*, so that what shows minutes re-renders once a minute. */
export function useNow(everyMs = TICK_MS): number {
  return useSyncExternalStore(subscribe, () => {
    if (!listeners.size) nowMs = serverNow();
    return Math.floor(nowMs / everyMs) * everyMs;
  });
}
