// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveSocket } from "./socket";

class FakeWebSocket {
  static made: FakeWebSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  isClosed = false;
  constructor(readonly url: URL) {
    FakeWebSocket.made.push(this);
  }
  say(entry: object) {
    this.onmessage?.({ data: JSON.stringify(entry) });
  }
  close() {
    this.isClosed = true;
  }
}

const last = () => FakeWebSocket.made.at(-1) as FakeWebSocket;

describe("live socket", () => {
  const onEntries = vi.fn();
  const onGap = vi.fn();
  const address = vi.fn(async () => "ws://relay/live?ticket=t");
  let socket: LiveSocket;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeWebSocket);
    FakeWebSocket.made = [];
    onEntries.mockClear();
    onGap.mockClear();
    address.mockReset().mockImplementation(async () => "ws://relay/live?ticket=t");
    socket = new LiveSocket({ address, onEntries, onGap });
    socket.start();
    await vi.advanceTimersByTimeAsync(0);
    last().say({ type: "hello", id: "1-0" });
  });

  afterEach(() => {
    socket.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("has everything read once the feed is open", () => {
    expect(onGap).toHaveBeenCalledTimes(1);
    expect(socket.getState().phase).toBe("live");
  });

  it("takes an entry about many alerts apart", async () => {
    const each = [{ id: "a1" }, { id: "a2", value: 3 }];
    const others = [{ type: "alert.resolved", common: { id: "a3", state: "resolved" }, each: [{}] }];
    const data = [{ type: "alert.firing", common: { rule_id: "r", value: 0 }, each }, ...others];
    last().say({ id: "2-0", type: "several", data });
    await vi.advanceTimersByTimeAsync(20);

    expect(onEntries.mock.calls[0]?.[0]).toEqual([
      { type: "alert.firing", data: { rule_id: "r", value: 0, id: "a1" } },
      { type: "alert.firing", data: { rule_id: "r", value: 3, id: "a2" } },
      { type: "alert.resolved", data: { id: "a3", state: "resolved" } },
    ]);
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(String(last().url)).toContain("since=2-0");
  });

  it("hands a burst on in one batch a frame, in order", async () => {
    for (let n = 2; n < 202; n += 1) last().say({ id: `${n}-0`, type: "alert.firing", data: { n } });
    expect(onEntries).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);

    expect(onEntries).toHaveBeenCalledTimes(1);
    expect(onEntries.mock.calls[0]?.[0]).toHaveLength(200);
    expect(onEntries.mock.calls[0]?.[0][0].data).toEqual({ n: 2 });
  });

  it("resumes after the last entry with a new ticket, and reads nothing again", async () => {
    last().say({ id: "7-0", type: "alert.firing", data: {} });
    last().onclose?.();
    expect(socket.getState().phase).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(1_000);
    last().say({ type: "hello", id: "7-0" });

    expect(last().url.searchParams.get("since")).toBe("7-0");
    expect(address).toHaveBeenCalledTimes(2);
    expect(onGap).toHaveBeenCalledTimes(1);
    expect(socket.getState().phase).toBe("live");
  });

  it("has everything read again when entries were lost", () => {
    last().say({ type: "reset", id: "90-0" });

    expect(onGap).toHaveBeenCalledTimes(2);
    expect(socket.getState().lastId).toBe("90-0");
  });

  it("goes on trying while no ticket can be had, and says since when it is stale", async () => {
    address.mockRejectedValue(new Error("down"));
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(30_000);

    expect(socket.getState().phase).toBe("stale");
    expect(address.mock.calls.length).toBeGreaterThan(4);
  });

  it("gives up a line on which nothing was said, not even that there is nothing new", async () => {
    const first = last();
    await vi.advanceTimersByTimeAsync(40_000);
    first.say({ type: "alive" });
    await vi.advanceTimersByTimeAsync(40_000);
    expect(first.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(first.isClosed).toBe(true);
    expect(FakeWebSocket.made.length).toBeGreaterThan(1);
  });

  it("notices within ten seconds that a relay stands still, and gives the next one time to answer", async () => {
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(1_000);
    last().say({ type: "hello", id: "1-0", beat_s: 4 });
    for (const _ of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(4_000);
      last().say({ type: "alive" });
    }
    expect(socket.getState().phase).toBe("live");
    const frozen = FakeWebSocket.made.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.getState().phase).not.toBe("live");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket.getState().phase).toBe("stale");
    await vi.advanceTimersByTimeAsync(5_000);

    expect(FakeWebSocket.made.length).toBe(frozen + 1);
    expect(last().isClosed).toBe(false);
  });

  it("says nothing more once stopped", async () => {
    const first = last();
    socket.stop();
    first.say({ id: "8-0", type: "alert.firing", data: {} });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(onEntries).not.toHaveBeenCalled();
    expect(FakeWebSocket.made).toHaveLength(1);
  });
});
