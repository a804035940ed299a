/** What is searched for, as it is in the address; pure. The names are those of the API. */

import { type AlertState, SEVERITIES, type Severity } from "../../api/types";

export const STATES = ["pending", "firing", "acknowledged", "resolved"] as const satisfies readonly AlertState[];
const LISTS = ["rule_id", "plugin_id", "label", "person"] as const;
const NUMBERS = ["min_minutes", "max_minutes", "since", "until"] as const;
/** Values of one filter that the API takes. */
export const MOST_VALUES = 20;

export interface SearchQuery {
  q: string;
  severity: Severity[];
  state: AlertState[];
  rule_id: string[];
  plugin_id: string[];
  /** `name` or `name=value`. */
  label: string[];
  /** `kind:id`, or the name of a user. */
  person: string[];
  min_minutes: number | null;
  max_minutes: number | null;
  /** Instants, ms. */
  since: number | null;
  until: number | null;
}

/** Read the query from the address; what it does not know is left out. */
export function queryOf(search: URLSearchParams): SearchQuery {
  const list = (name: string) => [...new Set(search.getAll(name).filter(Boolean))].slice(0, MOST_VALUES);
  const number = (name: string) => {
    const text = search.get(name);
    const value = Number(text);
    return text && Number.isFinite(value) && value >= 0 ? value : null;
  };
  return {
    q: search.get("q") ?? "",
    severity: SEVERITIES.filter((one) => search.getAll("severity").includes(one)),
    state: STATES.filter((one) => search.getAll("state").includes(one)),
    rule_id: list("rule_id"),
    plugin_id: list("plugin_id"),
    label: list("label"),
    person: list("person"),
    min_minutes: number("min_minutes"),
    max_minutes: number("max_minutes"),
    since: number("since"),
    until: number("until"),
  };
}

/** Read what was saved: filters as the API calls them, those that are empty left out. */
export function savedQuery(saved: Readonly<Record<string, unknown>>): SearchQuery {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(saved)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  return queryOf(search);
}

/** Write it into the address; what is empty is left out. */
export function searchOf(query: SearchQuery): URLSearchParams {
  const search = new URLSearchParams();
  if (query.q.trim()) search.set("q", query.q.trim());
  for (const name of ["severity", "state", ...LISTS] as const) {
    for (const one of query[name]) search.append(name, one);
  }
  for (const name of NUMBERS) {
    if (query[name] !== null) search.set(name, String(query[name]));
  }
  return search;
}

/** An instant as `datetime-local` wants it: the reader's zone, to the minute; "" if there is none. */
export function localText(atMs: number | null): string {
  // Dates reach so far.
  if (atMs === null || atMs > 253_402_300_799_999) return "";
  const at = new Date(atMs);
  return new Date(atMs - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What stands in such a field; null if it is empty. */
export function instantOf(text: string): number | null {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}
