"""Durations as Prometheus, Alertmanager and Grafana write them: `1h30m`, `5m`, `500ms`. Pure."""

import re

_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS_S = (31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001)
MAX_CHARS = 50


def seconds(text: str) -> float | None:
    """Return the seconds of a duration; None if it is none."""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text) if 0 < len(text) <= MAX_CHARS else None
    if match is None:
        return None
    return sum(int(count) * unit for count, unit in zip(match.groups(), _UNITS_S, strict=True) if count)
