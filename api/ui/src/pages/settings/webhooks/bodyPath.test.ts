import { expect, it } from "vitest";
import { assigned, EMPTY, listAround, pathInAlert, pathTo } from "./bodyPath";

const alert = { id: 7, host: { "odd name": "web-1" }, tags: [{ key: "env", value: "prod" }] };
const body = { site: "seoul", events: [alert, alert], groups: [{ alerts: [alert] }] };

it("writes a path as JMESPath reads it", () => {
  expect(pathTo(["events", 0, "host", "odd name"])).toBe('events[0].host."odd name"');
});

it.each([
  [["events", 1, "id"], "events", "id"],
  [["events", 0, "host", "odd name"], "events", 'host."odd name"'],
  [["site"], "events", "$.site"],
  [["groups", 0, "alerts", 0, "id"], "groups[].alerts[]", "id"],
  [["groups", 0, "alerts", 0, "id"], "events", "$.groups[0].alerts[0].id"],
  [["events", 0, "tags", 0, "value"], "events", "tags[?key=='env'].value | [0]"],
  [["site"], "", "site"],
])("a click on %j with the list at %s is the path %s", (place, alerts, path) => {
  expect(pathInAlert(place, alerts, body)).toBe(path);
});

it("takes a body that is the list itself", () => {
  expect(pathInAlert([1, "id"], "", [alert, alert])).toBe("id");
  expect(listAround([1, "id"], [alert, alert])).toBe("");
});

it("takes one alert that lies in the body as an object", () => {
  const one = { event: alert, site: "seoul" };
  expect(listAround(["event"], one)).toBe("event");
  expect(pathInAlert(["event", "host", "odd name"], "event", one)).toBe('host."odd name"');
});

it("finds the list around a value", () => {
  expect(listAround(["events", 0, "id"], body)).toBe("events");
  expect(listAround(["events"], body)).toBe("events");
  expect(listAround(["site"], body)).toBe("");
});

it("fills the field that was chosen", () => {
  const at = (path: string) => ({ ...EMPTY, alerts: path });
  expect(assigned(EMPTY, "alerts", ["events", 0, "id"], body).alerts).toBe("events");
  expect(assigned(at("events"), "name", ["events", 0, "id"], body).name).toEqual({ path: "id", default: "Webhook" });
  expect(assigned(at("events"), "labels", ["events", 0, "tags", 0, "value"], body).labels).toEqual({
    env: "tags[?key=='env'].value | [0]",
  });
  expect(assigned(at("events"), "identity", ["events", 0, "id"], body).identity).toEqual(["id"]);
  expect(assigned(at("events"), "url", ["site"], body).url).toBe("$.site");
});
