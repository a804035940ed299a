"""
`python -m tests.benchmarks [NAME …]`: measure, and write the table of docs/performance.md.

Results are kept a benchmark: running some of them leaves the others' figures as they were, each with its own date.
"""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import ROUNDS, TINY, Figure, Size

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "benchmarks.json"
PAGES = (ROOT / "docs" / "performance.md",)
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"
NAMES: tuple[str, ...] = (
    "drain",
    "many_rules",
    "two_evaluators",
    "windows",
    "fleet",
    "curve",
    "recorder",
    "codec",
    "publisher",
    "memory",
    "durability",
    "startup",
    "latency",
    "storm",
    "relay",
    "api",
    "events_by_http",
    "remote_write",
    "alerts",
    "opentelemetry",
    "statsd",
    "archive_reading",
    "backtest",
    "search",
)
"""Modules of this package, each with a `run(size) -> list[Figure]`, in the order they are shown."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which; all by default: {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tiny", action="store_true", help="only see that they work; writes nothing")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    size = TINY if options.tiny else Size(rounds=options.rounds)
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for name in options.names or NAMES:
        print(f"{name} …", flush=True)
        figures: list[Figure] = import_module(f"tests.benchmarks.{name}").run(size)
        for figure in figures:
            print("  " + said(figure.as_json()), flush=True)
        results[name] = {
            "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": machine(),
            "figures": [figure.as_json() for figure in figures],
        }
        if not options.tiny:
            kept = {name: results[name] for name in NAMES if name in results}
            RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
            for page in PAGES:
                write_table(page, kept)


def machine() -> str:
    """Name what was measured on: processor, cores, Python."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def said(figure: dict[str, Any]) -> str:
    parts = [f"{figure['what']}: {number(figure['median'])} {figure['unit']}"]
    if figure["floor_median"] is not None:
        parts.append(f"floor {number(figure['floor_median'])} ({figure['floor']}), ratio {figure['ratio']:.3g}")
    if figure["target"]:
        parts.append(f"to reach {figure['target']}: {'reached' if figure['reached'] else 'MISSED'}")
    return "; ".join(parts)


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_table(page: Path, results: dict[str, Any]) -> None:
    """Replace the table between the marks of *page*."""
    head, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = ["| what | measured | floor of the same run | ratio | to reach | |", "|---|---|---|---|---|---|"]
    for result in results.values():
        for one in result["figures"]:
            floor = f"{number(one['floor_median'])}, {one['floor']}" if one["floor_median"] is not None else "—"
            ratio = f"{one['ratio']:.2f}" if one["ratio"] is not None else "—"
            of = " of the floor" if one["target_of"] == "ratio" else ""
            target = f"{one['target']}{of}" if one["target"] else "—"
            reached = {True: "yes", False: "**no**", None: ""}[one["reached"]]
            measured = f"{number(one['median'])} {one['unit']}"
            lines.append(f"| {one['what']} | {measured} | {floor} | {ratio} | {target} | {reached} |")
    machines = sorted({f"{r['machine']}" for r in results.values()})
    dates = sorted({r["at"][:10] for r in results.values()})
    method = f"Medians of {ROUNDS} rounds; a ratio compares figures of one round"
    foot = f"\n{method}; {'; '.join(machines)}; {', '.join(dates)}.\n"
    page.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n{foot}\n{END}{tail}", "utf-8")


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text("utf-8").splitlines() if file.exists() else []


if __name__ == "__main__":
    main()
