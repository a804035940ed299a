"""What Prometheus and its kind must be told to send only the metrics that some rule names. Pure."""

import json
import re
from collections.abc import Iterable

ALWAYS = ("up",)
"""By it a target is heard of, so that rules about absence see that it is there."""
DERIVED = re.compile(r"_(?:p50|p95|p99|avg|rate)\Z")
"""Metrics that are made of the parts of a histogram or a summary."""
PARTS = "(?:_bucket|_count|_sum)?"
CUT = re.compile(r"(.{111})~[0-9a-f]{16}", re.DOTALL)
"""A name that was too long for an event (`ingest.entities.shortened`)."""


def pattern(metrics: Iterable[str]) -> str:
    """
    Return a regular expression (RE2, which the client anchors at both ends) for the names that *metrics* have there.

    Args:
        metrics: As rules name them; the labels of a histogram's part, in braces, are left out.
    """
    found: dict[str, None] = {}
    for metric in sorted({*ALWAYS, *(metric.partition("{")[0] for metric in metrics)}):
        if not metric:
            continue
        cut = CUT.fullmatch(metric)
        found[f"{re.escape(cut[1])}.*" if cut else re.escape(metric)] = None
        if DERIVED.search(metric):
            found[re.escape(DERIVED.sub("", metric)) + PARTS] = None
    return "|".join(found)


def configuration(metrics: Iterable[str]) -> str:
    """Return the lines to put below a `remote_write` entry, in YAML."""
    # A text in JSON is one in YAML, whatever it holds.
    regex = json.dumps(pattern(metrics), ensure_ascii=False)
    return f"write_relabel_configs:\n  - source_labels: [__name__]\n    regex: {regex}\n    action: keep\n"
