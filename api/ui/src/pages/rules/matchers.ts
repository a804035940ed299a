/** Label matchers of a rule as a person writes them, `fstype!=tmpfs|overlay`: pure. */

export interface LabelMatcher {
  label: string;
  values: string[];
  is_equal: boolean;
}

export function written(matcher: LabelMatcher): string {
  return `${matcher.label}${matcher.is_equal ? "=" : "!="}${matcher.values.join("|")}`;
}

/** A label alone must be there, with whatever value. A `|` within brackets belongs to the value. */
export function read(text: string): LabelMatcher {
  const at = text.indexOf("=");
  if (at < 0) return { label: text.trim(), values: ["?*"], is_equal: true };
  const name = text.slice(0, at);
  const is_equal = !name.endsWith("!");
  const label = (is_equal ? name : name.slice(0, -1)).trim();
  return { label, values: text.slice(at + 1).split(/\|(?![^[]*\])/), is_equal };
}
