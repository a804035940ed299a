/** What an audit entry's `before` and `after` differ in, field by field. Pure. */

export interface Difference {
  /** Dotted path; empty for the whole. */
  field: string;
  /** As text; null: there was, or is, none. */
  before: string | null;
  after: string | null;
}

export function differencesOf(before: unknown, after: unknown, field = ""): Difference[] {
  if (isNone(before) ? isNone(after) : JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) || isRecord(after)) {
    if ((isRecord(before) || isNone(before)) && (isRecord(after) || isNone(after))) {
      const [old, now] = [before ?? {}, after ?? {}] as [Record<string, unknown>, Record<string, unknown>];
      return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) =>
        differencesOf(old[name], now[name], field ? `${field}.${name}` : name),
      );
    }
  }
  return [{ field, before: shown(before), after: shown(after) }];
}

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string | null {
  if (isNone(value)) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
