/** The clock for ages on the page: one timer for all of them. */

import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
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
    if (!listeners.size) nowMs = Date.now();
    return Math.floor(nowMs / everyMs) * everyMs;
  });
}
