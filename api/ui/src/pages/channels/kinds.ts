/** Names of channels. Pure. */

/** A channel's name is its kind's, or begins with it: `slack`, `slack-ops`. */
export function kindOf(name: string): string {
  return name.split("-")[0] ?? name;
}

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export type NameProblem = "" | "empty" | "letters" | "taken";

/** What is wrong with the rest of a new destination's name. */
export function nameProblem(kind: string, rest: string, taken: readonly string[]): NameProblem {
  if (!rest) return "empty";
  if (!NAME.test(`${kind}-${rest}`)) return "letters";
  return taken.includes(`${kind}-${rest}`) ? "taken" : "";
}

export type Mood = "off" | "unset" | "paused" | "failing" | "well" | "unused";

/** How a channel is, in a word. */
export function moodOf(
  channel: { configured: boolean; enabled: boolean; failures: number; pause: string | null },
  health: { sent: number; failed: number; dead: number } | undefined,
): Mood {
  if (!channel.configured) return "unset";
  if (!channel.enabled) return "off";
  if (channel.pause) return "paused";
  if (channel.failures > 0) return "failing";
  return health && health.sent > 0 ? "well" : "unused";
}
