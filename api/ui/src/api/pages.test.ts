import { expect, test } from "vitest";
import { everyPage, MOST_ITEMS } from "./pages";

test("pages are fetched until there is no cursor", async () => {
  const asked: (string | undefined)[] = [];
  const found = await everyPage(
    async (cursor) => {
      asked.push(cursor);
      return { items: [asked.length], next_cursor: asked.length < 3 ? `c${asked.length}` : null };
    },
    (page) => page.items,
  );

  expect(found).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, "c1", "c2"]);
});

test("a list without end is fetched up to the bound", async () => {
  const found = await everyPage(
    async () => ({ items: Array.from({ length: 1_000 }, () => 0), next_cursor: "again" }),
    (page) => page.items,
  );

  expect(found).toHaveLength(MOST_ITEMS);
});
