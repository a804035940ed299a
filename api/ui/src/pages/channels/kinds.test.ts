import { expect, it } from "vitest";
import { kindOf, moodOf, nameProblem } from "./kinds";

it("knows a destination's kind", () => {
  expect([kindOf("slack"), kindOf("slack-ops-2")]).toEqual(["slack", "slack"]);
});

it.each([
  ["", "empty"],
  ["Ops", "letters"],
  ["운영", "letters"],
  ["ops", "taken"],
  ["night-2", ""],
] as const)("judges the name slack-%s as %s", (rest, expected) => {
  expect(nameProblem("slack", rest, ["slack", "slack-ops"])).toBe(expected);
});

const channel = { configured: true, enabled: true, failures: 0, pause: null };
const health = { sent: 1, failed: 0, dead: 0 };

it.each([
  [{ ...channel, configured: false }, health, "unset"],
  [{ ...channel, enabled: false }, health, "off"],
  [{ ...channel, pause: "429" }, health, "paused"],
  [{ ...channel, failures: 2 }, health, "failing"],
  [channel, health, "well"],
  [channel, undefined, "unused"],
] as const)("says how it is %#", (one, fare, expected) => {
  expect(moodOf(one, fare)).toBe(expected);
});
