/** Lists that the API answers by pages. */

/** Items of one list that a page shows at most: more would be too slow to read. */
export const MOST_ITEMS = 10_000;

interface Page {
  next_cursor?: string | null;
}

/** Fetch page after page, up to MOST_ITEMS. */
export async function everyPage<P extends Page, T>(
  fetch: (cursor: string | undefined) => Promise<P>,
  items: (page: P) => T[],
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await fetch(cursor);
    found.push(...items(page));
    cursor = page.next_cursor ?? undefined;
  } while (cursor && found.length < MOST_ITEMS);
  return found;
}
