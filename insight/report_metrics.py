"""
What the report of a month says about one metric: change points within the month, growth, and when the threshold of a
rule is reached. Pure.

A series is judged as of the end of the month, by the days before it, so that a report that is asked for again
later says the same.
"""

import fnmatch
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from math import inf
from typing import NamedTuple

from msgspec import Struct

from insight import capacity, metric_answer, trends
from insight.hours import Hour
from insight.metric_answer import Capacity, Change, Growth
from insight.questions import Direction

LOOK_BACK_DAYS = 120
"""Growth needs 28 days, and a limit is no further ahead than the days look back; more days would only take longer."""
LEAST_GROWTH = 0.0025
"""A week, of the level: less than 1 % a month is no news."""
LAST_HOURS = 24


class Limit(NamedTuple):
    """A threshold of a rule: which plugins, which metric."""

    rule_id: str
    plugins: str
    """A glob."""
    metric: str
    threshold: float
    direction: Direction

    def covers(self, plugin_id: str, metric: str) -> bool:
        return metric == self.metric and fnmatch.fnmatchcase(plugin_id, self.plugins)


class MetricNote(Struct):
    """What is to be said about one metric. Values are in its unit."""

    plugin_id: str
    metric: str
    level: float
    """The average of its last day."""
    changes: Sequence[Change]
    """Within the month."""
    growth: Growth | None
    limit: float | None
    """The threshold of `rule_id` that is next."""
    rule_id: str
    direction: str
    capacity: Capacity | None

    @property
    def rank(self) -> tuple[float, int, float, str, str]:
        """What is smaller, the sooner a person should act."""
        return (
            self.capacity.days if self.capacity else inf,
            0 if self.changes else 1,
            -abs(self.growth.ratio or 0) if self.growth else 0,
            self.plugin_id,
            self.metric,
        )


def note(
    plugin_id: str, metric: str, found: Sequence[Hour], month: str, limits: Iterable[Limit], zone: tzinfo
) -> MetricNote | None:
    """
    Say what there is to say about one metric; None if there is nothing.

    Args:
        found: Its hours in order, those of the month last.
    """
    if not found:
        return None
    last = found[-LAST_HOURS:]
    level = sum(hour.total for hour in last) / sum(hour.samples for hour in last)
    limit = next_limit(level, [limit for limit in limits if limit.covers(plugin_id, metric)])
    rises = limit is None or limit.direction == "rising"
    trend = trends.analyse(found, zone, limit.threshold if limit else None, rises)
    changes = [Change(*change) for change in trend.changes if change.day.startswith(month)]
    growth = Growth(*trend.growth) if trend.growth and abs(trend.growth[1] or 0) >= LEAST_GROWTH else None
    reached = trend.capacity if isinstance(trend.capacity, capacity.Capacity) else None
    if not (changes or growth or reached):
        return None
    return MetricNote(
        plugin_id,
        metric,
        level,
        changes,
        growth,
        limit.threshold if limit else None,
        limit.rule_id if limit else "",
        limit.direction if limit else "",
        metric_answer.dated(reached, trend.levels[-1][0]) if reached else None,
    )


def next_limit(level: float, limits: Iterable[Limit]) -> Limit | None:
    """Return the threshold that is nearest ahead of a level; those behind it are reached."""
    ahead = [one for one in limits if (one.threshold > level if one.direction == "rising" else one.threshold < level)]
    return min(ahead, key=lambda one: (abs(one.threshold - level), one.rule_id), default=None)
