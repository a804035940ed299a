/** One live connection a mount; its entries change the query cache, its state is there for whoever shows it. */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useClient } from "../api/context";
import { keys } from "../api/keys";
import type { Alert } from "../api/types";
import { alertsOf, type Board, withBanner, withEntries } from "./board";
import type { Connection } from "./connection";
import { type Entry, LiveSocket } from "./socket";

export type EntryListener = (entries: readonly Entry[]) => void;

interface Live {
  socket: LiveSocket;
  /** Run a reading of the board, and add to it what the feed said meanwhile. */
  recorded: (read: () => Promise<Board>) => Promise<Board>;
  /** Hear every batch of entries; returns the way to stop. */
  listen: (listener: EntryListener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive outside LiveProvider");
  return live;
}

/** The connection; re-renders when its phase changes, not with every entry. */
export function useConnection(): Connection {
  const { socket } = useLive();
  return useSyncExternalStore(socket.subscribe, socket.getState);
}

/** Hear entries of the feed while the component is shown, e.g. to raise a notification. */
export function useEntries(listener: EntryListener): void {
  const { listen } = useLive();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => listen((entries) => latest.current(entries)), [listen]);
}

interface Ticket {
  ticket: string;
  socket_url: string;
  socket_port: number;
}

export function LiveProvider({ socketUrl, children }: { socketUrl?: string | undefined; children: ReactNode }) {
  const client = useClient();
  const cache = useQueryClient();
  const live = useMemo(() => {
    const listeners = new Set<EntryListener>();
    const listen = (listener: EntryListener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const socket = new LiveSocket({
      address: async () =>
        addressOf((await client.post("/live/ticket")) as unknown as Ticket, client.href(""), socketUrl),
      onEntries: (entries) => {
        apply(cache, entries);
        for (const listener of listeners) listener(entries);
      },
      onGap: () => void cache.invalidateQueries(),
    });
    const recorded = async (read: () => Promise<Board>) => {
      const meanwhile: Entry[] = [];
      const stop = listen((entries) => void meanwhile.push(...entries));
      try {
        return withEntries(await read(), meanwhile);
      } finally {
        stop();
      }
    };
    return { socket, recorded, listen };
  }, [client, cache, socketUrl]);

  useEffect(() => {
    live.socket.start();
    return () => live.socket.stop();
  }, [live]);

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

/** Where the socket is: as the host said, as the server said, or beside the API on the relay's port. */
export function addressOf(ticket: Ticket, api: string, socketUrl = ""): string {
  const base = new URL(api, window.location.href);
  const address = new URL(
    socketUrl || ticket.socket_url || `${base.protocol}//${base.hostname}:${ticket.socket_port}/live`,
    base,
  );
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("ticket", ticket.ticket);
  return address.href;
}

/** What a batch of entries changes in the cache. */
export function apply(cache: QueryClient, entries: readonly Entry[]): void {
  const changed = alertsOf(entries);
  cache.setQueryData<Board>(keys.board, (board) => board && withEntries(board, entries));
  cache.setQueryData<readonly Alert[]>(keys.banner, (banner) => banner && withBanner(banner, entries));
  // Only what is open is read again, however many alerts a burst touches.
  const ids = new Set(changed.map((alert) => alert.id));
  for (const { type, data } of entries) {
    if (type !== "notification") continue;
    for (const id of Object.keys((data as { told?: object }).told ?? {})) ids.add(id);
  }
  void cache.invalidateQueries({
    queryKey: keys.stories,
    type: "active",
    predicate: (query) => ids.has(String(query.queryKey[2])),
  });
  if (entries.some((entry) => entry.type.startsWith("silence."))) {
    void cache.invalidateQueries({ queryKey: keys.silences });
  }
}
