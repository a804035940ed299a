import { fireEvent, render } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { keyOf, ShortcutProvider, useShortcuts } from "./shortcuts";

const press = (key: string, code: string, shiftKey = false) => keyOf({ key, code, shiftKey });

it("is the letter that was meant, whatever the keyboard is set to", () => {
  expect(press("a", "KeyA")).toBe("a");
  expect(press("A", "KeyA")).toBe("a"); // Caps Lock
  expect(press("a", "KeyA", true)).toBe("A"); // Caps Lock and Shift
  expect(press("ㅁ", "KeyA")).toBe("a"); // Hangul
  expect(press("ㄲ", "KeyR", true)).toBe("R");
  expect(press("Process", "KeyJ")).toBe("j"); // an input method
  expect(press("Unidentified", "KeyK")).toBe("k");
  expect(press("ф", "KeyA")).toBe("a"); // Cyrillic
  expect(press("ａ", "KeyA")).toBe("a"); // full width
  expect(press("a", "KeyQ")).toBe("a"); // AZERTY: what is written on the key counts
});

it("leaves all other keys what they are", () => {
  expect(press("?", "Slash", true)).toBe("?");
  expect(press("?", "Minus", true)).toBe("?"); // a German keyboard
  expect(press("/", "Slash")).toBe("/");
  expect(press("Process", "Slash", true)).toBe("?");
  expect(press("Process", "Slash")).toBe("/");
  expect(press("Escape", "Escape")).toBe("Escape");
  expect(press("Enter", "NumpadEnter")).toBe("Enter");
  expect(press("Dead", "KeyE")).toBe("Dead");
  expect(press("1", "Digit1")).toBe("1");
});

function Page({ run }: { run: (keys: string) => void }) {
  useShortcuts(["a", "j", "g b"].map((keys) => ({ keys, label: keys, run: () => run(keys) })));
  return null;
}

it("acts on Hangul keys and with Caps Lock on, also two in a row", () => {
  const run = vi.fn();
  render(
    <ShortcutProvider>
      <Page run={run} />
    </ShortcutProvider>,
  );
  const keys = [
    { key: "ㅁ", code: "KeyA" },
    { key: "J", code: "KeyJ" },
    { key: "ㅎ", code: "KeyG" },
    { key: "ㅠ", code: "KeyB" },
  ];
  for (const key of keys) fireEvent.keyDown(document.body, key);

  expect(run.mock.calls.flat()).toEqual(["a", "j", "g b"]);
});
