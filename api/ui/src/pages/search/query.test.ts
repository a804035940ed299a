import { describe, expect, it } from "vitest";
import { instantOf, localText, queryOf, searchOf } from "./query";

const ADDRESS =
  "q=%EB%94%94%EC%8A%A4%ED%81%AC&severity=critical&state=resolved&rule_id=cpu&label=team%3Dweb&label=region&person=user%3Akim&min_minutes=30&since=5";

describe("the address of a search", () => {
  it("holds all of it", () => {
    const query = queryOf(new URLSearchParams(ADDRESS));
    expect(query.q).toBe("디스크");
    expect(query.label).toEqual(["team=web", "region"]);
    expect(query.min_minutes).toBe(30);
    expect(searchOf(query).toString()).toBe(ADDRESS);
  });

  it("leaves out what it does not know", () => {
    const query = queryOf(new URLSearchParams("severity=awful&min_minutes=x&since=-1&label=&page=7"));
    expect(searchOf(query).toString()).toBe("");
  });
});

describe("the fields of instants", () => {
  it("keep the minute", () => {
    const atMs = Date.UTC(2026, 0, 31, 12, 5);
    expect(instantOf(localText(atMs))).toBe(atMs);
  });

  it("may be empty", () => {
    expect(localText(null)).toBe("");
    expect(localText(9e15)).toBe("");
    expect(instantOf("")).toBeNull();
  });
});
