"""Rules that look back: p95 over 10 minutes on every series, 10,000 series with a sample each 10 s."""

from typing import Any

from shared.model import rules
from tests.benchmarks._backlog import METRICS, NOISE, Backlog, alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size, Target

PLUGINS = 2_500
SAMPLES = 80
"""A series: the window is full from the 60th on."""
WITHIN = {"kind": "window", "seconds": 600, "operator": ">"}


def run(size: Size) -> list[Figure]:
    """Measure on the usual events, and where a sample in a hundred is above what its percentile is compared with."""
    plugins = size.of(PLUGINS, 50)
    thresholds = usual_rules(len(METRICS))
    p95 = over_metrics(statistic="p95", threshold=NOISE, **WITHIN)
    average = over_metrics(statistic="avg", threshold=NOISE * 0.75, **WITHIN)
    with backlog() as one:
        one.fill(usual_events(plugins * SAMPLES, plugins=plugins, every_ms=10_000))
        floor, usual = alternate(size.rounds, lambda: with_rules(one, thresholds), lambda: with_rules(one, p95))
        one.fill(usual_events(plugins * SAMPLES, plugins=plugins, every_ms=10_000, noise=0.01))
        noisy_floor, noisy, averages = alternate(
            size.rounds,
            lambda: with_rules(one, thresholds),
            lambda: with_rules(one, p95),
            lambda: with_rules(one, average),
        )
    what, of = "over 10 min on each of 10,000 series, 4 an event", "thresholds only"
    return [
        Figure("windows_p95", f"p95 {what}", "events/s", usual, of, floor, Target(0.4)),
        Figure(
            "windows_noisy", f"p95 {what}, 1 % of the samples over its threshold", "events/s", noisy, of, noisy_floor
        ),
        Figure("windows_avg", f"averages {what}, 1 % of the samples over", "events/s", averages, of, noisy_floor),
    ]


def over_metrics(**condition: Any) -> list[rules.Rule]:
    return [
        rules.parse({"id": f"w-{metric}", "name": metric, "condition": {"metric": metric, **condition}})
        for metric in METRICS
    ]


def with_rules(one: Backlog, new: list[rules.Rule]) -> float:
    one.replace_rules(new)
    return one.drain()
