"""How the rate of a drain goes with the number of rules and of series; drawn into docs/images/cost-curve.svg."""

import math
from html import escape
from pathlib import Path

from tests.benchmarks._backlog import METRICS, Backlog, alternate, backlog, usual_events, usual_rules
from tests.benchmarks.figures import Figure, Size

EVENTS = 100_000
RULES = (1, 10, 100, 1_000, 10_000)
SERIES = (100, 1_000, 10_000, 100_000)
IMAGE = Path(__file__).resolve().parents[2] / "docs" / "images" / "cost-curve.svg"


def run(size: Size) -> list[Figure]:
    """Rules over 4,000 series, all of them about the metrics of every event; series under 100 rules."""
    is_full = size.scale == 1
    figures = by_rules(size, RULES if is_full else RULES[:2]) + by_series(size, SERIES if is_full else SERIES[:1])
    if is_full:
        points = {figure.what: figure.median for figure in figures}
        IMAGE.write_text(drawn([(what, points[what]) for what in points]), "utf-8")
    return figures


def by_rules(size: Size, counts: tuple[int, ...]) -> list[Figure]:
    with backlog() as one:
        one.fill(usual_events(size.of(EVENTS)))
        rounds = alternate(size.rounds, *(lambda n=n: with_rules(one, n) for n in counts))
    return figures_of("rules", counts, rounds)


def with_rules(one: Backlog, count: int) -> float:
    one.replace_rules(usual_rules(count))
    return one.drain()


def by_series(size: Size, counts: tuple[int, ...]) -> list[Figure]:
    rounds = []
    for count in counts:
        with backlog() as one:
            one.fill(usual_events(size.of(EVENTS), plugins=count // len(METRICS)))
            one.replace_rules(usual_rules(100))
            rounds += alternate(size.rounds, one.drain)
    return figures_of("series", counts, rounds)


def figures_of(of: str, counts: tuple[int, ...], rounds: list[list[float]]) -> list[Figure]:
    return [
        Figure(f"curve_{of}_{n}", f"one evaluator, {n:,} {of}", "events/s", found)
        for n, found in zip(counts, rounds, strict=True)
    ]


# -- drawing ------------------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 760, 300, 60, 40, 50, 60
PANEL = (WIDTH - LEFT - GAP - 40) // 2
STYLE = (
    "text{font:13px sans-serif;fill:#777}.grid{stroke:#8884}"
    ".line{fill:none;stroke:#2563eb;stroke-width:2}.dot{fill:#2563eb}"
)


def drawn(points: list[tuple[str, float]]) -> str:
    """Return both curves side by side, over one axis from zero, so that a cliff looks like one."""
    top = max(rate for _, rate in points) * 1.1
    panels = []
    for i, (title, of) in enumerate((("rules (4,000 series)", "rules"), ("series (100 rules)", "series"))):
        counts = RULES if of == "rules" else SERIES
        rates = [rate for what, rate in points if what.endswith(f" {of}")]
        panels.append(panel(LEFT + i * (PANEL + GAP), title, counts, rates, top, has_labels=i == 0))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>Events a second that one evaluator decides</title><style>{STYLE}</style>"
        f'<text x="{LEFT}" y="20">thousand events a second, one evaluator</text>{"".join(panels)}</svg>\n'
    )


def panel(left: int, title: str, counts: tuple[int, ...], rates: list[float], top: float, *, has_labels: bool) -> str:
    low, high = math.log10(counts[0]), math.log10(counts[-1])
    bottom = HEIGHT - BOTTOM

    def x(count: int) -> float:
        return left + (math.log10(count) - low) / (high - low) * PANEL

    def y(rate: float) -> float:
        return bottom - rate / top * (bottom - TOP)

    step = 10 ** math.floor(math.log10(top)) / 2
    lines = []
    for k in range(int(top / step) + 1):
        lines.append(f'<path class="grid" d="M{left} {y(k * step):.1f}h{PANEL}"/>')
        if has_labels:
            lines.append(f'<text x="{left - 8}" y="{y(k * step) + 4:.1f}" text-anchor="end">{k * step / 1000:g}</text>')
    path = " ".join(f"{x(n):.1f},{y(rate):.1f}" for n, rate in zip(counts, rates, strict=True))
    lines.append(f'<polyline class="line" points="{path}"/>')
    for n, rate in zip(counts, rates, strict=True):
        lines.append(f'<circle class="dot" cx="{x(n):.1f}" cy="{y(rate):.1f}" r="3.5"/>')
        lines.append(f'<text x="{x(n):.1f}" y="{bottom + 20}" text-anchor="middle">{n:,}</text>')
    lines.append(f'<text x="{left + PANEL / 2:.1f}" y="{bottom + 42}" text-anchor="middle">{escape(title)}</text>')
    return "".join(lines)
