/** The plugins heard of, page by page. */

import type { Answer, Client } from "./client";
import { everyPage, MOST_ITEMS } from "./pages";

export type Plugin = Answer<"get", "/plugins">["plugins"][number];

export const MOST_PLUGINS = MOST_ITEMS;

/** Fetch the plugins heard of last, up to MOST_PLUGINS. */
export function allPlugins(client: Client, signal: AbortSignal): Promise<Plugin[]> {
  return everyPage(
    (cursor) => client.get("/plugins", { query: cursor ? { cursor } : {}, signal }),
    (page) => page.plugins,
  );
}
