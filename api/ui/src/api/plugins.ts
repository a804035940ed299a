/** The plugins heard of, page by page. */

import type { Answer, Client } from "./client";

export type Plugin = Answer<"get", "/plugins">["plugins"][number];

/** More are not shown: a page that holds them all would be too slow to read. */
export const MOST_PLUGINS = 10_000;

/** Fetch the plugins heard of last, up to MOST_PLUGINS. */
export async function allPlugins(client: Client, signal: AbortSignal): Promise<Plugin[]> {
  const found: Plugin[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get("/plugins", { query: cursor ? { cursor } : {}, signal });
    found.push(...page.plugins);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && found.length < MOST_PLUGINS);
  return found;
}
