/** The silence as it is being written: a pure reducer, and what is sent of it. */

import { type Silence, type SilenceBody, UNSET } from "../../api/silences";

export const PROPERTIES = ["rule_id", "plugin_id", "severity", "metric", "label"] as const;
export type Property = (typeof PROPERTIES)[number];

export interface Matcher {
  property: Property;
  /** Name of the label, if it is one. */
  label: string;
  value: string;
  is_equal: boolean;
  is_regex?: boolean;
}

export interface Draft {
  /** Of the silence that is changed; empty: a new one. */
  id: string;
  matchers: Matcher[];
  isRecurring: boolean;
  /** null: when it is saved. */
  startsAtMs: number | null;
  /** Either so long … */
  lengthMs: number;
  /** … or until then. */
  endsAtMs: number | null;
  cron: string;
  durationMinutes: number | null;
  timezone: string;
  comment: string;
  /** Confirmed: it shall hide nearly everything. */
  isEverything: boolean;
}

export type Change =
  | { type: "set"; fields: Partial<Draft> }
  | { type: "matcher"; at: number; fields: Partial<Matcher> }
  | { type: "add" }
  | { type: "remove"; at: number }
  | { type: "recurring"; to: boolean };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Offered as buttons. */
export const LENGTHS_MS = [HOUR_MS / 2, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, DAY_MS, 7 * DAY_MS] as const;
/** The server's own limits. */
export const MAX_ONCE_DAYS = 30;
export const MAX_RECURRING_DAYS = 366;

export const NEW_MATCHER: Matcher = { property: "plugin_id", label: "", value: "", is_equal: true };

export function newDraft(timezone: string, matchers: readonly Matcher[] = []): Draft {
  return {
    id: "",
    matchers: matchers.length ? [...matchers] : [NEW_MATCHER],
    isRecurring: false,
    startsAtMs: null,
    lengthMs: 2 * HOUR_MS,
    endsAtMs: null,
    cron: "0 2 * * 6",
    durationMinutes: 120,
    timezone,
    comment: "",
    isEverything: false,
  };
}

export function reduce(draft: Draft, change: Change): Draft {
  switch (change.type) {
    case "set":
      return { ...draft, ...change.fields };
    case "matcher":
      return {
        ...draft,
        matchers: draft.matchers.map((one, at) => (at === change.at ? { ...one, ...change.fields } : one)),
      };
    case "add":
      return { ...draft, matchers: [...draft.matchers, NEW_MATCHER] };
    case "remove":
      return { ...draft, matchers: draft.matchers.filter((_, at) => at !== change.at) };
    case "recurring":
      // A window that comes again is worth a long while, one that does not is not.
      return {
        ...draft,
        isRecurring: change.to,
        endsAtMs: null,
        lengthMs: change.to ? 90 * DAY_MS : 2 * HOUR_MS,
      };
  }
}

export function draftOf(silence: Silence): Draft {
  return {
    id: silence.id,
    matchers: silence.matchers.map(({ name, value, is_equal, is_regex }) => ({
      ...propertyOf(name),
      value,
      is_equal: is_equal ?? true,
      ...(is_regex ? { is_regex } : {}),
    })),
    isRecurring: silence.cron !== null,
    startsAtMs: silence.starts_at_ms,
    lengthMs: silence.ends_at_ms - silence.starts_at_ms,
    endsAtMs: silence.ends_at_ms,
    cron: silence.cron ?? "0 2 * * 6",
    durationMinutes: silence.duration_minutes ?? 120,
    timezone: silence.timezone,
    comment: silence.comment,
    isEverything: false,
  };
}

/** The same once more, from now on and as long. */
export function againOf(silence: Silence): Draft {
  return { ...draftOf(silence), id: "", startsAtMs: null, endsAtMs: null };
}

function propertyOf(name: string): Pick<Matcher, "property" | "label"> {
  if (name.startsWith("label:")) return { property: "label", label: name.slice("label:".length) };
  return { property: PROPERTIES.find((one) => one === name) ?? "plugin_id", label: "" };
}

/** Matchers an address asks for: `?match=plugin_id=pay-1&match=label:env=prod`. */
export function matchersOf(asked: readonly string[]): Matcher[] {
  return asked.flatMap((one) => {
    const at = one.indexOf("=");
    return at > 0 ? [{ ...propertyOf(one.slice(0, at)), value: one.slice(at + 1), is_equal: true }] : [];
  });
}

/** Left open, it begins when the server takes it up; lengths travel as lengths, so the reader's clock does not matter. */
export function bodyOf(draft: Draft): SilenceBody {
  return {
    ...UNSET,
    matchers: draft.matchers.map(({ property, label, value, is_equal, is_regex }) => ({
      name: property === "label" ? `label:${label}` : property,
      value,
      is_equal,
      ...(is_regex ? { is_regex } : {}),
      // What is left out has the server's default.
    })) as SilenceBody["matchers"],
    starts_at_ms: draft.startsAtMs,
    ends_at_ms: draft.endsAtMs,
    length_ms: draft.endsAtMs === null ? draft.lengthMs : null,
    comment: draft.comment.trim(),
    everything: draft.isEverything,
    ...(draft.isRecurring
      ? { cron: draft.cron.trim(), duration_minutes: draft.durationMinutes, timezone: draft.timezone }
      : {}),
  };
}

/** What a matcher says, e.g. `plugin_id = pay-*`. */
export function writtenMatcher(matcher: {
  name: string;
  value: string;
  is_equal?: boolean;
  is_regex?: boolean;
}): string {
  const operator = matcher.is_regex
    ? matcher.is_equal === false
      ? "!~"
      : "=~"
    : matcher.is_equal === false
      ? "≠"
      : "=";
  return `${matcher.name} ${operator} ${matcher.value}`;
}

/** For `<input type="datetime-local">`: the reader's clock, to the minute. */
export function localInput(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function fromLocalInput(text: string): number | null {
  const at = text ? new Date(text).getTime() : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** The time zone of the reader's clock. */
export function readersZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
