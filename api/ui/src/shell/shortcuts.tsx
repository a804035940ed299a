/** Keyboard shortcuts: a page registers its own while it is shown, and the help dialog lists all. */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** `a`, `?`, `Escape`, or two in a row: `g b`. */
  keys: string;
  /** What it does, in the reader's language. */
  label: string;
  run: () => void;
  /** The browser does it; it is listed alone. */
  isNative?: boolean;
}

const SEQUENCE_MS = 1_200;

class Registry {
  private groups = new Map<symbol, readonly Shortcut[]>();
  private listeners = new Set<() => void>();
  private all: readonly Shortcut[] = [];
  private first = "";
  private firstAtMs = 0;

  set(group: symbol, shortcuts: readonly Shortcut[] | null): void {
    if (shortcuts) this.groups.set(group, shortcuts);
    else this.groups.delete(group);
    this.all = [...this.groups.values()].flat();
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly list = () => this.all;

  readonly press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const key = keyOf(event);
    const isSecond = this.first && event.timeStamp - this.firstAtMs < SEQUENCE_MS;
    const pressed = isSecond ? `${this.first} ${key}` : key;
    const found = this.all.findLast((shortcut) => shortcut.keys === pressed && !shortcut.isNative);
    this.first = !found && this.all.some((s) => s.keys.startsWith(`${key} `)) ? key : "";
    this.firstAtMs = event.timeStamp;
    if (!found) return;
    event.preventDefault();
    found.run();
  };
}

/**
 * The key that was meant, whatever the keyboard is set to. What types a Latin letter is that letter, also on a layout
 * that has it elsewhere and with Caps Lock on; what types another script, or goes through an input method, is the letter
 * that stands at its place.
 */
export function keyOf(event: Pick<KeyboardEvent, "key" | "code" | "shiftKey">): string {
  const { key, code, shiftKey } = event;
  const letter = /^[a-z]$/i.test(key) ? key : isPlain(key) ? undefined : /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
  if (isPlain(key)) return key;
  if (code === "Slash") return shiftKey ? "?" : "/";
  return /^Digit\d$/.test(code) && !shiftKey ? code.slice(-1) : key;
}

/** An ASCII character, or a key with a name of its own (`Escape`); no letter of another script, and no input method. */
function isPlain(key: string): boolean {
  return /^[\x20-\x7e]+$/.test(key) && key !== "Process" && key !== "Unidentified" && key !== "HangulMode";
}

/** Keys belong to the field while somebody writes, and to the dialog while one is open (but for its own `?`). */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('[role="dialog"], [role="menu"], [role="listbox"]')) return true;
  if (target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

const ShortcutContext = createContext<Registry | null>(null);

export function ShortcutProvider({ children }: { children: ReactNode }) {
  const registry = useMemo(() => new Registry(), []);
  useEffect(() => {
    document.addEventListener("keydown", registry.press);
    return () => document.removeEventListener("keydown", registry.press);
  }, [registry]);
  return <ShortcutContext.Provider value={registry}>{children}</ShortcutContext.Provider>;
}

function useRegistry(): Registry {
  const registry = useContext(ShortcutContext);
  if (!registry) throw new Error("useShortcuts outside ShortcutProvider");
  return registry;
}

/** Register keys while the component is shown. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const registry = useRegistry();
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const shape = shortcuts.map(({ keys, label, isNative }) => `${keys}\t${label}\t${isNative ?? ""}`).join("\n");
  useEffect(() => {
    const group = Symbol();
    const entries = shape
      .split("\n")
      .filter(Boolean)
      .map((line, at) => {
        const [keys = "", label = "", isNative] = line.split("\t");
        return { keys, label, isNative: Boolean(isNative), run: () => latest.current[at]?.run() };
      });
    registry.set(group, entries);
    return () => registry.set(group, null);
  }, [registry, shape]);
}

export function useShortcutList(): readonly Shortcut[] {
  const registry = useRegistry();
  return useSyncExternalStore(registry.subscribe, registry.list);
}
