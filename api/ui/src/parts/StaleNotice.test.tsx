import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "../../test/render";
import { StaleNotice } from "./StaleNotice";

const well = { ready: true, since_ms: null };

it("says on every page what is not done now and since when", async () => {
  const api = { "GET /pipeline": { evaluator: { ready: false, since_ms: 1_000 }, router: well, worker: well } };
  renderApp(<StaleNotice />, { api, language: "ko" });

  expect(await screen.findByTestId("standstill")).toHaveTextContent(
    /규칙이 평가되지 않고 있습니다.*마지막으로 정상이던 시각: 1970/,
  );
});

it("says nothing of a system that is well, and of one that does not tell", async () => {
  const first = renderApp(<StaleNotice />, {
    api: { "GET /pipeline": { evaluator: well, router: well, worker: well } },
  });
  await first.settled();
  expect(screen.queryByTestId("standstill")).toBeNull();
  first.unmount();
  const second = renderApp(<StaleNotice />);
  await second.settled();

  expect(screen.queryByTestId("standstill")).toBeNull();
});
