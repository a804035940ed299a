import { expect, it } from "vitest";
import { anAlert } from "../../../test/alerts";
import { filtered, rowsOf, searchOf, viewOf, WHOLE } from "./view";

const alerts = [
  anAlert({ id: "1", severity: "emergency", plugin_id: "pay", rule_id: "cpu", state: "firing" }),
  anAlert({ id: "2", severity: "critical", plugin_id: "shop", plugin_name: "상점", state: "acknowledged" }),
  anAlert({ id: "3", severity: "warning", plugin_id: "pay", rule_name: "Disk full", labels: { site: "seoul" } }),
];
const ids = (found: readonly { id: string }[]) => found.map((one) => one.id).join();

it("reads from the address what it writes there, and leaves out what nobody knows", () => {
  const view = viewOf(new URLSearchParams("severity=critical&severity=dire&plugin=a&plugin=b&q=cpu+load&group=rule"));

  expect(view).toEqual({ ...WHOLE, severity: ["critical"], plugin: ["a", "b"], text: "cpu load", group: "rule" });
  expect(viewOf(searchOf(view))).toEqual(view);
  expect(searchOf(WHOLE).toString()).toBe("");
});

it("lets pass what fits every filter", () => {
  expect(ids(filtered(alerts, { ...WHOLE, plugin: ["pay"] }))).toBe("1,3");
  expect(ids(filtered(alerts, { ...WHOLE, plugin: ["pay"], severity: ["warning", "critical"] }))).toBe("3");
  expect(ids(filtered(alerts, { ...WHOLE, state: ["acknowledged"] }))).toBe("2");
  expect(filtered(alerts, WHOLE)).toBe(alerts);
});

it("finds every word of the text somewhere in the alert, labels and Korean among them", () => {
  expect(ids(filtered(alerts, { ...WHOLE, text: "DISK seoul" }))).toBe("3");
  expect(ids(filtered(alerts, { ...WHOLE, text: "상점" }))).toBe("2");
  expect(ids(filtered(alerts, { ...WHOLE, text: "disk 상점" }))).toBe("");
});

it("groups in the order of the worst, counts, and hides what is in closed groups", () => {
  const rows = rowsOf(alerts, "plugin", new Set(["plugin:shop"]));

  expect(rows.map((row) => row.key)).toEqual(["plugin:pay", "1", "3", "plugin:shop"]);
  expect(rows[0]).toMatchObject({ count: 2, worst: "emergency", unacknowledged: 2, ids: ["1", "3"] });
  expect(rows[3]).toMatchObject({ name: "상점", count: 1, unacknowledged: 0 });
});
