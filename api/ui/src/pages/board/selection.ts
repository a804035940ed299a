/** Which alerts are selected, and on which the keys act; pure. */

export interface Selection {
  ids: ReadonlySet<string>;
  /** The alert the keys act on when none is selected. */
  active: string | null;
  /** Where a range selected with Shift begins. */
  anchor: string | null;
}

export const NONE: Selection = { ids: new Set(), active: null, anchor: null };

export type SelectionHappening =
  /** `order`: ids of the alert rows as they are shown. */
  | { type: "moved"; by: number; order: readonly string[] }
  | { type: "activated"; id: string | null }
  | { type: "toggled"; id: string }
  | { type: "ranged"; id: string; order: readonly string[] }
  | { type: "set"; ids: readonly string[]; isSelected: boolean }
  | { type: "cleared" }
  /** The board changed: what is no longer on it is no longer selected. */
  | { type: "changed"; has: (id: string) => boolean };

export function selected(state: Selection, happening: SelectionHappening): Selection {
  switch (happening.type) {
    case "moved": {
      const { order, by } = happening;
      if (!order.length) return state;
      const at = state.active === null ? -1 : order.indexOf(state.active);
      const to = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + by));
      return { ...state, active: order[to] ?? null };
    }
    case "activated":
      return state.active === happening.id ? state : { ...state, active: happening.id };
    case "toggled": {
      const ids = new Set(state.ids);
      if (!ids.delete(happening.id)) ids.add(happening.id);
      return { ids, active: happening.id, anchor: happening.id };
    }
    case "ranged": {
      const { order, id } = happening;
      const from = state.anchor === null ? -1 : order.indexOf(state.anchor);
      const to = order.indexOf(id);
      if (from < 0 || to < 0) return selected(state, { type: "toggled", id });
      const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
      return { ...state, ids: new Set([...state.ids, ...range]), active: id };
    }
    case "set": {
      const ids = new Set(state.ids);
      for (const id of happening.ids) {
        if (happening.isSelected) ids.add(id);
        else ids.delete(id);
      }
      return { ...state, ids };
    }
    case "cleared":
      return state.ids.size ? { ...state, ids: new Set(), anchor: null } : state;
    case "changed": {
      const gone = [...state.ids].filter((id) => !happening.has(id));
      return gone.length ? selected(state, { type: "set", ids: gone, isSelected: false }) : state;
    }
  }
}
