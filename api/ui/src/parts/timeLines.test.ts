import { expect, it } from "vitest";
import { breaksOf, columns } from "./timeLines";

const every = (ms: number, count: number, fromMs = 0) =>
  Array.from({ length: count }, (_, n) => [fromMs + n * ms, n] as const);

it("puts lines of different instants on one axis", () => {
  const curves = [
    {
      samples: [
        [1_000, 1],
        [3_000, 3],
      ] as const,
    },
    {
      samples: [
        [2_000, 2],
        [3_000, 0],
      ] as const,
    },
  ];

  expect(columns(curves)).toEqual([
    [1, 2, 3],
    [1, undefined, 3],
    [undefined, 2, 0],
  ]);
});

it("has the lowest and the highest of means beside them", () => {
  const means = {
    samples: [
      [0, 2],
      [1_000, 3],
    ] as const,
    stepMs: 1_000,
    lows: [1, 2],
    highs: [4, 5],
  };

  expect(columns([means, { samples: [[0, 9]] as const }])).toEqual([
    [0, 1],
    [2, 3],
    [9, undefined],
    [1, 2],
    [4, 5],
  ]);
});

it("breaks a line where samples are much farther apart than most", () => {
  const samples = [...every(30_000, 5), ...every(30_000, 5, 600_000)];

  expect(breaksOf({ samples })).toEqual([360_000]);
  expect(columns([{ samples }])[1]?.[5]).toBeNull();
});

it("draws samples that are a little late as one line", () => {
  expect(
    breaksOf({
      samples: [
        [0, 1],
        [1_000, 1],
        [2_000, 1],
        [50_000, 1],
      ],
    }),
  ).toEqual([]);
});

it("breaks a line of means where a span has none", () => {
  expect(
    breaksOf({
      samples: [
        [0, 1],
        [300_000, 1],
        [900_000, 1],
      ],
      stepMs: 300_000,
    }),
  ).toEqual([600_000]);
});

it("breaks a line where what was measured is lost, however close the samples are", () => {
  const samples = every(1_000, 4);

  expect(breaksOf({ samples, gaps: [[1_200, 1_800]] })).toEqual([1_500]);
  expect(breaksOf({ samples, gaps: [[5_000, 6_000]] })).toEqual([]);
});
