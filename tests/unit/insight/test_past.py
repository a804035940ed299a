"""Chunks that are left out change nothing: a replay that decodes only what may matter decides what a whole one does."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from archive import chunk
from archive.chunk import Arrival
from evaluator.compiled_rule import compile_rule
from insight import past
from insight.past import Part, Past
from insight.replay import Heard, Replay
from shared.model.alerts import Transition
from shared.model.events import Event
from tests.support.factories import a_rule

T = 1_700_000_000_000
STEP_MS = 30_000
OF_CHUNK = 40
RULES: list[dict[str, Any]] = [
    {},
    {"for_seconds": 90, "cooldown_minutes": 30},
    {"recover": {"threshold": 40, "for_seconds": 60}, "cooldown_minutes": 5},
    {"operator": "<", "threshold": 12},
    {"labels": {"zone": "b"}},
    {"operator": "==", "threshold": 95},
]


def events(seed: int) -> list[Arrival]:
    """Return some hundred events: mostly quiet, with peaks, late samples, a clock that steps back, and new labels."""
    chance = random.Random(seed)
    found = []
    back_ms = 0
    for n in range(chance.randrange(200, 500)):
        arrived_ms = T + n * STEP_MS
        back_ms += 3_600_000 if chance.random() < 0.003 else 0
        late_ms = chance.choice((0, 0, 0, 0, 40_000, 3_000_000)) if chance.random() < 0.05 else 0
        value = 95.0 if (n + seed) % 97 < 3 else 10.0 if (n + seed) % 131 == 0 else chance.uniform(20, 60)
        labels = {"zone": "b" if n // 90 % 2 else "a"} if chance.random() < 0.3 else {}
        gone = ("cpu",) if chance.random() < 0.004 else ()
        event = Event("p", at_ms=arrived_ms - late_ms - back_ms, metrics={"cpu": value}, labels=labels, gone=gone)
        found.append(Arrival(arrived_ms, 0, 0, event))
    return found


def parts_of(arrivals: Sequence[Arrival]) -> list[Part]:
    found = []
    for begin in range(0, len(arrivals), OF_CHUNK):
        some = arrivals[begin : begin + OF_CHUNK]
        most_at_ms = max(one.event.at_ms for one in some)
        found.append(Part("p", some[0].entry_ms, most_at_ms, chunk.encode(some), chunk.summaries(some)))
    return found


def in_order(transitions: Sequence[Transition]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.at_ms, one.decided_at_ms, one.value, one.reason, one.labels) for one in transitions]


@pytest.mark.parametrize("fields", RULES)
def test_what_is_left_out_changes_no_decision(fields: dict[str, Any]) -> None:
    left_out = fired = 0
    for seed in range(25):
        arrivals = events(seed)
        compiled = compile_rule(a_rule(**fields))
        until_ms = arrivals[-1].entry_ms + 3_600_000
        whole = Replay([compiled.rule], T, ["p"])
        whole.feed(Heard(*arrival) for arrival in arrivals)
        whole.pass_until(until_ms)
        parts = parts_of(arrivals)
        found = past.replay(Past("p", parts), compiled, T, until_ms)

        assert in_order(whole.transitions) == in_order(found.transitions), seed
        left_out += sum("heard" not in part.__dict__ for part in parts)
        fired += len(found.transitions)
    # Else this would say nothing.
    assert left_out > 20
    assert fired > 50
