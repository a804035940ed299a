/** What the `web` channel tells, as short notes at the edge of the page; pure. */

import type { Alert } from "../api/types";
import type { Entry } from "./socket";

export interface Toast {
  /** The same news has the same id, however often it is told. */
  id: string;
  title: string;
  text: string;
  items: readonly { news: string; alert: Alert }[];
  atMs: number;
}

export interface Toasts {
  /** Newest last. */
  shown: readonly Toast[];
  /** How many more came than are shown, since somebody last looked. */
  more: number;
  /** Ids seen lately, oldest first. */
  seen: readonly string[];
}

export const NO_TOASTS: Toasts = { shown: [], more: 0, seen: [] };
export const MAX_SHOWN = 3;
export const SHOWN_MS = 10_000;
const REMEMBER = 1_000;

export type ToastHappening =
  | { type: "entries"; entries: readonly Entry[]; atMs: number }
  | { type: "closed"; id: string }
  | { type: "allClosed" }
  | { type: "tick"; atMs: number };

export function toasted(state: Toasts, happening: ToastHappening): Toasts {
  switch (happening.type) {
    case "entries": {
      const seen = new Set(state.seen);
      const fresh: Toast[] = [];
      for (const { type, data } of happening.entries) {
        if (type !== "toast") continue;
        const { id, title, text, items } = data as Omit<Toast, "atMs">;
        if (seen.has(id)) continue;
        seen.add(id);
        fresh.push({ id, title, text, items: items ?? [], atMs: happening.atMs });
      }
      if (!fresh.length) return state;
      const all = [...state.shown, ...fresh];
      return {
        shown: all.slice(-MAX_SHOWN),
        more: state.more + Math.max(0, all.length - MAX_SHOWN),
        seen: [...seen].slice(-REMEMBER),
      };
    }
    case "closed":
      return rid(state, (toast) => toast.id !== happening.id);
    case "allClosed":
      return { ...state, shown: [], more: 0 };
    case "tick":
      return rid(state, (toast) => happening.atMs - toast.atMs < SHOWN_MS);
  }
}

function rid(state: Toasts, keeps: (toast: Toast) => boolean): Toasts {
  const shown = state.shown.filter(keeps);
  if (shown.length === state.shown.length) return state;
  return { ...state, shown, more: shown.length ? state.more : 0 };
}
