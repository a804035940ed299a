import { describe, expect, it } from "vitest";
import { anAlert } from "../../test/alerts";
import { alertsOf, EMPTY_BOARD, withAlerts, withBanner, withEntries, withPage, worstFirst } from "./board";

const firing = anAlert({ version: 1 });
const resolved = anAlert({ version: 3, state: "resolved" });

describe("board", () => {
  it("takes up what is new and leaves what is older than it knows", () => {
    const board = withAlerts(EMPTY_BOARD, [anAlert({ version: 2, state: "acknowledged" })]);

    expect(withAlerts(board, [firing])).toBe(board);
    expect(board.alerts.get("a1")?.state).toBe("acknowledged");
  });

  it("lets a resolved alert go, and late news of it does not bring it back", () => {
    let board = withAlerts(EMPTY_BOARD, [firing]);
    board = withAlerts(board, [resolved]);
    board = withAlerts(board, [anAlert({ version: 2, state: "acknowledged" })]);

    expect(board.alerts.size).toBe(0);
    expect(withAlerts(board, [anAlert({ version: 4 })]).alerts.size).toBe(1);
  });

  it("does not change its former value", () => {
    const before = withAlerts(EMPTY_BOARD, [firing]);
    withAlerts(before, [resolved]);

    expect(before.alerts.size).toBe(1);
    expect(EMPTY_BOARD.alerts.size).toBe(0);
  });

  it("remembers a bounded number of those that are gone", () => {
    const many = Array.from({ length: 6_000 }, (_, n) => anAlert({ id: `a${n}`, state: "resolved" }));

    expect(withAlerts(EMPTY_BOARD, many).gone.size).toBe(5_000);
  });

  it("reads the newest of each alert out of a burst, whatever else is in it", () => {
    const entries = [
      { type: "alert.firing", data: firing },
      { type: "toast", data: { id: "t" } },
      { type: "alert.resolved", data: resolved },
      { type: "alert.acknowledged", data: anAlert({ version: 2 }) },
      { type: "something.new", data: null },
    ];

    expect(alertsOf(entries)).toMatchObject([resolved]);
  });

  it("fills in what the feed leaves out", () => {
    const { value, labels, acknowledged_by, request_id, policy, ...said } = anAlert();
    const [alert] = alertsOf([{ type: "alert.firing", data: { ...said, policy: { group_by: "plugin" } } }]);

    expect(alert).toMatchObject({ value: null, labels: {}, acknowledged_by: "", request_id: "" });
    expect(alert?.policy).toMatchObject({ ...policy, group_by: "plugin" });
  });

  it("keeps the order that sorting would give, whatever changes", () => {
    let board = EMPTY_BOARD;
    let seed = 7;
    const chance = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const severities = ["info", "critical", "emergency", "warning"] as const;
    for (let n = 1; n <= 300; n += 1) {
      const batch = Array.from({ length: 3 }, () =>
        anAlert({
          id: `a${Math.floor(chance() * 40)}`,
          version: n,
          severity: severities[Math.floor(chance() * 4)] ?? "info",
          state: chance() < 0.3 ? "resolved" : "firing",
          started_at_ms: Math.floor(chance() * 50),
        }),
      );
      board = withAlerts(board, batch);
      expect(board.order).toEqual([...board.alerts.values()].sort(worstFirst));
    }
  });

  it("knows who was told: what a page says, then what the feed adds, until the alert is gone", () => {
    const told = (outcome: string, channel: string) => ({
      type: "notification",
      data: { channel, outcome, at_ms: 1, told: { a1: "firing", unknown: "firing" } },
    });
    let board = withPage(EMPTY_BOARD, { alerts: [firing], told: { a1: { web: "firing" } } });
    board = withEntries(board, [told("sent", "email"), told("failed", "slack")]);
    expect(Object.fromEntries(board.told)).toEqual({ a1: { web: "firing", email: "firing" } });
    board = withEntries(board, [{ type: "alert.resolved", data: resolved }]);

    expect(board.told.size).toBe(0);
  });

  it("shows worst first, then the longest-lasting", () => {
    const alerts = [
      anAlert({ id: "b", severity: "info" }),
      anAlert({ id: "c", severity: "emergency", started_at_ms: 9 }),
      anAlert({ id: "d", severity: "emergency", started_at_ms: 3 }),
    ];

    expect(alerts.sort(worstFirst).map((alert) => alert.id)).toEqual(["d", "c", "b"]);
    alerts.push(anAlert({ id: "a", severity: "emergency", state: "acknowledged" }));
    expect(alerts.sort(worstFirst).map((alert) => alert.id)).toEqual(["d", "c", "b", "a"]);
  });
});

describe("banner", () => {
  const told = { type: "banner", data: { items: [{ news: "firing", alert: firing }] } };

  it("holds what the channel told until somebody acknowledges it", () => {
    const held = withBanner([], [told]);

    expect(held).toEqual([firing]);
    expect(withBanner(held, [{ type: "alert.acknowledged", data: anAlert({ state: "acknowledged" }) }])).toEqual([]);
  });

  it("is the same value when nothing in it changed", () => {
    const held = withBanner([], [told]);

    expect(withBanner(held, [{ type: "alert.firing", data: anAlert({ id: "other" }) }])).toBe(held);
  });
});
