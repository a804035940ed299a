/** Names with values, written as `name=value`. */

export function textsOf(pairs: Record<string, string>): string[] {
  return Object.entries(pairs).map(([name, value]) => `${name}=${value}`);
}

/** What follows the first "=" is the value; a text without one is a name alone. */
export function pairsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      return at < 0 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1)];
    }),
  );
}
