/**
 * What is being written in a form survives a reload, the page's crash and a wrong click: it is kept in this tab until it
 * is saved or discarded. For forms without secrets.
 */

import { useEffect, useState } from "react";

const PREFIX = "enhanced-alerts-draft:";

interface Kept<T> {
  /** The version that was edited: a draft of another one would undo what others changed since. */
  etag: string;
  draft: T;
}

/** What was kept of *form*, if it is of the version *etag*. */
export function keptDraft<T>(form: string, etag: string): T | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PREFIX + form) ?? "null") as Kept<T> | null;
    return kept && kept.etag === etag ? kept.draft : null;
  } catch {
    return null;
  }
}

/** Keep *draft* while it differs from *first*; returns how to forget it. */
export function useKept<T>(form: string, etag: string, draft: T, first: T): () => void {
  const [isForgotten, forget] = useState(false);
  useEffect(() => {
    try {
      if (isForgotten || draft === first) sessionStorage.removeItem(PREFIX + form);
      else sessionStorage.setItem(PREFIX + form, JSON.stringify({ etag, draft } satisfies Kept<T>));
    } catch {
      // Storage is closed to us, or full.
    }
  }, [form, etag, draft, first, isForgotten]);
  return () => {
    forget(true);
    try {
      sessionStorage.removeItem(PREFIX + form);
    } catch {
      // As above.
    }
  };
}
