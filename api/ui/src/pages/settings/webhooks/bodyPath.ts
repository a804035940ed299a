/** Paths of a body mapping, made from places in a sample body. */

import type { BodyMapping } from "../../../api/webhooks";

/** The way from a body to one of its values: names of fields and numbers of elements. */
export type Place = readonly (string | number)[];

/** What a click can fill. */
export const TARGETS = [
  ...(["alerts", "name", "plugin", "severity", "state", "identity", "labels", "annotations"] as const),
  ...(["all_labels", "all_annotations", "url", "starts_at", "ends_at"] as const),
] as const;
export type Target = (typeof TARGETS)[number];

export const EMPTY: BodyMapping = {
  ...{ alerts: "", name: { path: "", default: "Webhook" }, plugin: { path: "", default: "" } },
  ...{ severity: { path: "", default: "", values: {} } },
  ...{ state: { path: "", firing: [], resolved: [], ignored: [] }, identity: [], labels: {}, all_labels: "" },
  ...{ annotations: {}, all_annotations: "", url: "", starts_at: "", ends_at: "", expire_minutes: 0 },
};

/** The path to a place, in JMESPath. */
export function pathTo(place: Place): string {
  let path = "";
  for (const step of place) {
    if (typeof step === "number") path += `[${step}]`;
    else path += `${path ? "." : ""}${/^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? step : JSON.stringify(step)}`;
  }
  return path;
}

/** The path to a place as it is written in one alert of the list at *alerts*; `$.` where it lies outside of the list. */
export function pathInAlert(place: Place, alerts: string, body: unknown): string {
  for (let length = place.length; length >= 0; length--) {
    const [list, next] = [place.slice(0, length), place[length]];
    const isThere =
      pathTo(list) === alerts || inLists(list) === alerts || inLists(place.slice(0, length + 1)) === alerts;
    if (!isThere) continue;
    const own =
      typeof next === "number"
        ? place.slice(length + 1)
        : list.length || !Array.isArray(body)
          ? place.slice(length)
          : null;
    if (own?.length) return ofTag(own, place, body) ?? pathTo(own);
  }
  const path = pathTo(place);
  return path.startsWith("[") ? `$${path}` : `$.${path}`;
}

/** The path to the list that a place lies in, or to the object, if it lies in no list. */
export function listAround(place: Place, body: unknown): string {
  const value = valueAt(body, place);
  if (Array.isArray(value)) return pathTo(place);
  for (let length = place.length - 1; length >= 0; length--) {
    if (typeof place[length] === "number") return pathTo(place.slice(0, length));
  }
  return pathTo(typeof value === "object" && value !== null ? place : place.slice(0, -1));
}

/** A mapping with the path to a place of *body* as its *target*. */
export function assigned(mapping: BodyMapping, target: Target, place: Place, body: unknown): BodyMapping {
  if (target === "alerts") return { ...mapping, alerts: listAround(place, body) };
  const path = pathInAlert(place, mapping.alerts, body);
  const last = [...place].reverse().find((step) => typeof step === "string");
  const name = (tagName(place, body) ?? String(last ?? "value")).slice(0, 128);
  switch (target) {
    case "name":
    case "plugin":
    case "severity":
    case "state":
      return { ...mapping, [target]: { ...mapping[target], path } };
    case "identity":
      return { ...mapping, identity: [...mapping.identity.filter((one) => one !== path), path].slice(-4) };
    case "labels":
    case "annotations":
      return { ...mapping, [target]: { ...mapping[target], [name]: path } };
    default:
      return { ...mapping, [target]: path };
  }
}

export function valueAt(body: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    body,
  );
}

/** As `pathTo`, over all elements of the lists on the way, as a mapping names lists within a list. */
function inLists(place: Place): string {
  return pathTo(place).replace(/\[\d+\]/g, "[]");
}

/** The name of a tag, where a place is the value of one in a list such as `[{"key": "env", "value": "prod"}]`. */
function tagName(place: Place, body: unknown): string | null {
  const key = tagKey(place, body);
  return key && String(valueAt(body, [...place.slice(0, -1), key]));
}

function tagKey(place: Place, body: unknown): string | null {
  const last = place.at(-1);
  if (typeof place.at(-2) !== "number" || (last !== "value" && last !== "v")) return null;
  const tag = valueAt(body, place.slice(0, -1)) as Record<string, unknown>;
  return (
    ["key", "name", "k", "tag"].find((one) => typeof tag[one] === "string" && !/['\\]/.test(String(tag[one]))) ?? null
  );
}

/** A tag by its name: its number differs from alert to alert. */
function ofTag(own: Place, place: Place, body: unknown): string | null {
  const key = own.length > 2 ? tagKey(place, body) : null;
  return key && `${pathTo(own.slice(0, -2))}[?${key}=='${tagName(place, body)}'].${String(own.at(-1))} | [0]`;
}
