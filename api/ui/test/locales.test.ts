import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(__dirname, "../src");
const PLURALS = /_(zero|one|two|few|many|other)$/;

type Words = { [key: string]: string | Words };

const words = (language: string, file: string): Words =>
  JSON.parse(readFileSync(join(SRC, "locales", language, file), "utf8"));

function flat(found: Words, before = ""): Map<string, string> {
  return new Map(
    Object.entries(found).flatMap(([key, value]) =>
      typeof value === "string" ? [[before + key, value] as const] : [...flat(value, `${before}${key}.`)],
    ),
  );
}

const keysOf = (found: Words) => new Set([...flat(found).keys()].map((key) => key.replace(PLURALS, "")));
const files = readdirSync(join(SRC, "locales/en"));

describe.each(files)("%s", (file) => {
  const en = words("en", file);
  const ko = words("ko", file);

  it("says the same in both languages", () => {
    expect([...keysOf(ko)].sort()).toEqual([...keysOf(en)].sort());
  });

  it("has every plural form its language needs", () => {
    for (const [language, found] of [
      ["en", en],
      ["ko", ko],
    ] as const) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const keys = [...flat(found).keys()];
      for (const stem of new Set(keys.filter((key) => PLURALS.test(key)).map((key) => key.replace(PLURALS, "")))) {
        for (const form of forms) expect(keys, `${language} ${stem}`).toContain(`${stem}_${form}`);
      }
    }
  });

  it("names the same values in both, and says something", () => {
    const named = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
    const korean = flat(ko);
    for (const [key, text] of flat(en)) {
      expect(text.trim(), key).not.toBe("");
      const other = korean.get(key) ?? korean.get(key.replace(PLURALS, "_other")) ?? "";
      expect(other.trim(), key).not.toBe("");
      // "one active alert" need not write the number.
      if (!key.endsWith("_one")) expect(named(other), key).toEqual(named(text));
    }
  });
});

it("has the same files in both languages", () => {
  expect(readdirSync(join(SRC, "locales/ko")).sort()).toEqual(files.sort());
});

// The compiler checks keys as well; this finds them where a cast or a new file escapes it.
it("knows every key that the sources ask for", () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!\.test|\.d)\.tsx?$/.test(name),
  );
  const known = Object.fromEntries(files.map((file) => [file.replace(".json", ""), keysOf(words("en", file))]));
  const missing: string[] = [];
  let asked = 0;
  for (const source of sources) {
    const text = readFileSync(join(SRC, source), "utf8");
    const spaces = [...text.matchAll(/(?:useTranslation\(\[?|TFunction<)"(\w+)"/g)].map((found) => found[1] as string);
    for (const [, key] of text.matchAll(/(?<![\w.])t\(\s*"([^"]+)"/g)) {
      asked += 1;
      const [space, rest] = key?.includes(":") ? (key.split(":") as [string, string]) : [null, key as string];
      const places = space ? [space] : [...spaces, "common"];
      if (!places.some((place) => known[place]?.has(rest))) missing.push(`${source}: ${key}`);
    }
  }

  expect(missing).toEqual([]);
  expect(asked).toBeGreaterThan(20);
});
