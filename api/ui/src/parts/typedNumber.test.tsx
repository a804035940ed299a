import { MantineProvider, NumberInput } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { typedNumber } from "./typedNumber";

function Form({ onTyped }: { onTyped: (value: number | null) => void }) {
  const [value, setValue] = useState<number | null>(null);
  return (
    <MantineProvider>
      <NumberInput
        aria-label="n"
        value={value ?? ""}
        onChange={(typed) => {
          setValue(typedNumber(typed));
          onTyped(typedNumber(typed));
        }}
      />
    </MantineProvider>
  );
}

describe("a number that is typed", () => {
  it.each([
    ["1.5", 1.5],
    ["0.05", 0.05],
    ["030", 30],
    ["-2.25", -2.25],
    ["1000", 1000],
  ])("%s is %d, and that is what stands there", async (text, number) => {
    let last: number | null = null;
    render(<Form onTyped={(value) => (last = value)} />);
    const field = screen.getByLabelText("n");
    await userEvent.type(field, text);

    expect(last).toBe(number);
    expect((field as HTMLInputElement).value).toBe(String(number));
  });

  it.each([
    ["", null],
    ["-", null],
    [7, 7],
  ])("of %j is %j", (given, number) => {
    expect(typedNumber(given)).toBe(number);
  });
});
