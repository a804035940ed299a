/** Ticket → WebSocket → entries, kept up for as long as the page is open. */

import { begin, type Connection, delayMs, type Happening, isSilent, next } from "./connection";

/** What the relay sends: `alert.*`, `toast`, `banner`, … from the feed; `hello`, `alive`, `stale`, `reset` of its own. */
export interface Entry {
  id?: string;
  type: string;
  data?: unknown;
  /** Of a `hello`. */
  beat_s?: number;
}

/** What alerts have in common that the same happened to, and of each the rest. */
interface Alike {
  type: string;
  common: object;
  each: object[];
}

/** One entry may stand for many about alerts. */
function unfolded(entry: Entry): Entry[] {
  if (entry.type !== "several") return [entry];
  return (entry.data as Alike[]).flatMap(({ type, common, each }) =>
    each.map((rest) => ({ type, data: { ...common, ...rest } })),
  );
}

export interface Wiring {
  /** The address of a socket, with a fresh ticket in it. */
  address: () => Promise<string>;
  /** New entries, in order: in the next frame, in a storm ten times a second. */
  onEntries: (entries: Entry[]) => void;
  /** What is shown must be read anew: the feed opened for the first time, or entries were missed. */
  onGap: () => void;
}

const TICK_MS = 1_000;
const HIDDEN_FRAME_MS = 250;
/** In a storm, so often: the page is redrawn ten times a second, and scrolls in between. */
const BATCH_MS = 100;
/** A hidden page draws nothing, but must not hoard. */
const MAX_WAITING = 5_000;

export class LiveSocket {
  private state: Connection = begin(Date.now());
  private socket: WebSocket | null = null;
  private listeners = new Set<() => void>();
  private waiting: Entry[] = [];
  private isFlushDue = false;
  private flushedAtMs = 0;
  private openedAtMs = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private isRunning = false;
  /** Tells answers that belong to a former connection from those of this one. */
  private generation = 0;

  constructor(private readonly wiring: Wiring) {}

  readonly getState = (): Connection => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.ticker = setInterval(this.tick, TICK_MS);
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    void this.connect();
  }

  stop(): void {
    this.isRunning = false;
    this.generation += 1;
    clearInterval(this.ticker);
    clearTimeout(this.retry);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    this.socket?.close();
    this.socket = null;
  }

  private async connect(): Promise<void> {
    this.generation += 1;
    const mine = this.generation;
    clearTimeout(this.retry);
    try {
      const address = new URL(await this.wiring.address());
      if (mine !== this.generation) return;
      const since = this.state.lastId;
      if (since) address.searchParams.set("since", since);
      const socket = new WebSocket(address);
      this.openedAtMs = Date.now();
      this.socket = socket;
      socket.onmessage = ({ data }) => mine === this.generation && this.receive(JSON.parse(String(data)), since !== "");
      socket.onclose = () => mine === this.generation && this.lost();
    } catch {
      if (mine === this.generation) this.lost();
    }
  }

  private lost(): void {
    this.generation += 1;
    this.socket?.close();
    this.socket = null;
    this.happen({ type: "closed", atMs: Date.now() });
    this.retry = setTimeout(() => void this.connect(), delayMs(this.state, Math.random()));
  }

  private receive(entry: Entry, isResumed: boolean): void {
    const atMs = Date.now();
    switch (entry.type) {
      case "hello":
        this.happen({ type: "hello", id: entry.id ?? "", atMs, beatMs: (entry.beat_s ?? 0) * 1_000 });
        // The feed is open now: what is read from here on misses nothing.
        if (!isResumed) this.wiring.onGap();
        break;
      case "alive":
        this.happen({ type: "heard", atMs });
        break;
      case "stale":
        this.happen({ type: "relayStale", atMs });
        break;
      case "reset":
        this.waiting = [];
        this.happen({ type: "heard", id: entry.id ?? "", atMs });
        this.wiring.onGap();
        break;
      default:
        this.happen({ type: "heard", id: entry.id ?? "", atMs });
        this.waiting.push(...unfolded(entry));
        this.flushSoon();
    }
  }

  private flushSoon(): void {
    if (this.waiting.length >= MAX_WAITING) this.flush();
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    const waitMs = this.flushedAtMs + BATCH_MS - Date.now();
    if (document.hidden) setTimeout(this.flush, HIDDEN_FRAME_MS);
    else if (waitMs > 0) setTimeout(this.flush, waitMs);
    else requestAnimationFrame(this.flush);
  }

  private readonly flush = (): void => {
    this.isFlushDue = false;
    this.flushedAtMs = Date.now();
    const entries = this.waiting;
    this.waiting = [];
    if (entries.length) this.wiring.onEntries(entries);
  };

  private readonly tick = (): void => {
    const atMs = Date.now();
    if (this.socket && isSilent(this.state, this.openedAtMs, atMs)) this.lost();
    else this.happen({ type: "tick", atMs });
  };

  /** The network is back, or somebody looks again: do not wait for the next try. */
  private readonly hurry = (): void => {
    if (document.hidden) return;
    this.flush();
    if (!this.socket && this.isRunning) void this.connect();
  };

  private happen(happening: Happening): void {
    const before = this.state;
    this.state = next(before, happening);
    if (this.state.phase !== before.phase) for (const listener of this.listeners) listener();
  }
}
