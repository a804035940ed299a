/** Short names for what the API sends, all drawn from its document. */

import type { Answer } from "./client";

export type AlertPage = Answer<"get", "/alerts/active">;
export type Alert = AlertPage["alerts"][number];
export type AlertStory = Answer<"get", "/alerts/{alert_id}">;
export type TimelineEntry = AlertStory["timeline"][number];
export type Severity = Alert["severity"];
export type AlertState = Alert["state"];

/** Worst first. */
export const SEVERITIES = ["emergency", "critical", "error", "warning", "info"] as const satisfies readonly Severity[];

export interface Me {
  name: string;
  role: "viewer" | "operator" | "admin";
  /** How they signed in: `link` is a one-time link, which has no password. */
  kind: "user" | "key" | "link" | "token";
}
