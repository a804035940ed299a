import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderApp } from "../../test/render";
import { TimeChart } from "./TimeChart";
import { ZoomBar } from "./ZoomBar";
import { useZoom } from "./zoom";

const UNTIL_MS = 4_000_000_000_000;
const HOUR_MS = 3_600_000;

function Page(props: { stepMs?: number; gaps?: number; unavailableBeforeMs?: number | null }) {
  const zoom = useZoom([UNTIL_MS - HOUR_MS, UNTIL_MS]);
  return (
    <>
      <ZoomBar zoom={zoom} {...props} />
      <TimeChart label="cpu of pay" lines={[{ label: "cpu", samples: [[UNTIL_MS, 1]] }]} zoom={zoom} />
      <output data-testid="span">{zoom.span.map((ms) => (ms - UNTIL_MS) / HOUR_MS).join(" ")}</output>
    </>
  );
}

const span = () => screen.getByTestId("span").textContent;

it.each([
  ["Zoom in", "-0.75 -0.25"],
  ["Zoom out", "-2 0"],
  ["Earlier", "-1.5 -0.5"],
  ["7d", "-168 0"],
])("button %s shows %s", async (name, expected) => {
  renderApp(<Page />);
  await userEvent.click(await screen.findByRole("button", { name }));

  expect(span()).toBe(expected);
});

it("moves no later than now, and goes back to the first view", async () => {
  renderApp(<Page />);
  await waitFor(() => expect(screen.getByRole("button", { name: "Later" })).toBeDisabled());
  await userEvent.click(await screen.findByRole("button", { name: "Zoom in" }));
  await userEvent.click(await screen.findByRole("button", { name: "Back to the first view" }));

  expect(span()).toBe("-1 0");
});

it("is steered by keys when the chart has the focus", async () => {
  renderApp(<Page />);
  act(() => screen.getByRole("group", { name: "cpu of pay" }).focus());
  await userEvent.keyboard("-");
  await userEvent.keyboard("{ArrowLeft}");
  expect(span()).toBe("-2.5 -0.5");
  await userEvent.keyboard("0");

  expect(span()).toBe("-1 0");
});

it("says what is shown, and what is missing, in the reader's language", () => {
  renderApp(<Page stepMs={300_000} gaps={2} unavailableBeforeMs={UNTIL_MS - 1_000} />, { language: "ko" });

  expect(screen.getByTestId("shown")).toHaveTextContent(/점 하나는 5분 평균.*기록되지 못한 구간 2개/);
  expect(screen.getByTestId("unavailable")).toHaveTextContent("아카이브를 읽을 수 없어");
});

it("does not speak of the archive where the span shown needs none of it", () => {
  renderApp(<Page unavailableBeforeMs={UNTIL_MS - 2 * HOUR_MS} />);

  expect(screen.queryByTestId("unavailable")).toBeNull();
});
