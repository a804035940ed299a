"""
A backtest over the archive decides what the live system decided, transition for transition: for rules of every kind and
random logs with late events, several events an entry, edits, people's commands and takeovers.

The live side is the partition with the committed state on a server, and what it read is recorded and compacted as the
recorder does it. Its clock is looked at whenever something is due.
"""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from archive.journal import Entry
from archive.opening import open_archive
from archive.sql_archive import SqlArchive
from archive.store import Archive
from evaluator import condition
from evaluator.commit import COMMIT, call_of
from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.takeover import take_over
from insight.past_reading import PastReading
from insight.replay import Edit, Replay
from shared.model.alerts import Transition
from shared.model.events import Command, Event
from shared.model.rules import Rule
from shared.redis import keys, scripts
from shared.redis.leases import Leases
from tests.support import archived_series
from tests.support.factories import a_rule
from tests.support.replays import CONDITIONS, T, moments

PLUGINS = ("a", "b", "플러그인")
LATER_MS = 120_000
"""How long the clock goes on after the last event."""

rules = st.builds(
    lambda kind, hold, cooldown, recover, auto, when_gone, gone_after, plugin_id: a_rule(
        plugin_id=plugin_id,
        condition=kind,
        for_seconds=hold,
        cooldown_minutes=cooldown,
        recover={"for_seconds": recover} if recover else None,
        auto_resolve=auto,
        when_gone=when_gone,
        gone_after_seconds=gone_after if condition.check(a_rule(condition=kind)).needs().metrics else None,
    ),
    st.sampled_from(CONDITIONS),
    st.sampled_from([0, 0, 5, 20]),
    st.sampled_from([0, 0.5, 1]),
    st.sampled_from([0, 0, 10]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["resolve", "resolve", "hold", "fire"]),
    st.sampled_from([None, None, 8, 30]),
    st.sampled_from([None, None, "a"]),
)
happenings = st.sampled_from(["nothing", "nothing", "nothing", "edit", "takeover", "resolve", "same entry"])


class Live:
    """One partition of a live system, and the recorder behind it."""

    def __init__(self, redis: Redis, archive: Archive, rule: Rule) -> None:
        self.rule = rule
        self.edits: list[Edit] = []
        self.transitions: list[Transition] = []
        self._redis = redis
        self._archive = archive
        self._leases = Leases(redis, 3_600_000)
        self._owners = 0
        self._number = 0
        self._not_recorded: list[Entry] = []
        self._clock_ms = T
        self._partition = self._own()

    def hear(self, at_ms: int, events: list[Event]) -> None:
        """Events arrive, in one entry."""
        bodies = [json.loads(msgspec.json.encode(event)) for event in events]
        self._enter(at_ms, [keys.EVENT_FIELD, json.dumps(bodies if len(bodies) > 1 else bodies[0]).encode()])

    def resolve(self, at_ms: int) -> None:
        """A person resolves the newest alert."""
        newest = self.transitions[-1]
        command = Command(
            kind="resolve",
            rule_id=newest.rule_id,
            plugin_id=newest.plugin_id,
            alert_id=newest.alert_id,
            by="Kim",
            at_ms=at_ms,
        )
        self._enter(at_ms, [keys.COMMAND_FIELD, msgspec.json.encode(command)])

    def edit(self, at_ms: int, rule: Rule) -> None:
        """A person saves another rule under the same id."""
        self.look_at_clock(at_ms)
        self.rule = rule
        self.edits.append(Edit(at_ms, [rule]))
        if self._partition.engine.replace_rules(Index([rule]), at_ms, self._partition.changes):
            self._partition.complete_windows(0)
        self._commit(at_ms)

    def hand_on(self, at_ms: int) -> None:
        """Another evaluator takes the partition over."""
        self.look_at_clock(at_ms)
        self._partition.checkpoint(0)
        self._partition = self._own()

    def look_at_clock(self, until_ms: int) -> None:
        """Do what is due until an instant, each step when it is due."""
        while (due_ms := self._partition.engine.timers.due_at_ms) <= until_ms:
            self._clock_ms = max(due_ms, self._clock_ms)
            self._partition.nothing_unread_at(self._clock_ms + 1)
            self._partition.pass_time(self._clock_ms)
        self._clock_ms = max(until_ms, self._clock_ms)
        self._partition.nothing_unread_at(self._clock_ms + 1)
        self._partition.pass_time(self._clock_ms)
        self._commit(self._clock_ms)

    def record(self) -> None:
        """Record what arrived since."""
        if self._not_recorded:
            archived_series.record(self._archive, self._not_recorded)
        self._not_recorded = []

    def _enter(self, at_ms: int, fields: list[bytes]) -> None:
        self.look_at_clock(at_ms - 1)
        self._number += 1
        entry_id = f"{at_ms}-{self._number}".encode()
        self._redis.xadd(keys.events(0), {fields[0]: fields[1]}, id=entry_id)
        assert [] == self._partition.decide([(entry_id, fields)], at_ms)
        self._partition.position = entry_id.decode()
        self._not_recorded.append((entry_id, fields))
        if self._number % 7 == 0:
            self.record()
            archived_series.compact(self._archive)
        self._commit(at_ms)

    def _own(self) -> Partition:
        self._owners += 1
        lease = f"owner-{self._owners}:{self._owners}"
        self._redis.set(keys.lease(0), lease)
        index = Index([self.rule])
        partition = take_over(self._redis, 0, lease, self._leases, index, partitions=1)
        # As the worker does with each partition that it took over.
        if partition.engine.replace_rules(index, self._clock_ms, partition.changes):
            partition.complete_windows(0)
        assert [] == partition.unreadable
        return partition

    def _commit(self, now_ms: int) -> None:
        batch = self._partition.take_batch()
        self.transitions += batch.changes.transitions
        places, words = call_of(batch, 3_600_000, now_ms)
        assert b"LOST" != scripts.run(self._redis, scripts.source(COMMIT), places, words)


def backtested(archive: SqlArchive, first: Rule, edits: list[Edit], until_ms: int) -> list[Transition]:
    found: list[Transition] = []
    with archive.transaction():
        reading = PastReading(archive, 1, 0, until_ms)
        for plugin_id in PLUGINS:
            past = reading.past(plugin_id, ())
            heard = [one for part in past.parts for one in part.heard]
            steps = sorted([*heard, *past.commands], key=lambda one: one[:3])
            again = Replay([first], T, [plugin_id])
            for edit in [*edits, None]:
                now = [one for one in steps if edit is None or one.entry_ms <= edit.at_ms]
                again.feed(now, keeps=True)
                steps = steps[len(now) :]
                if edit is not None:
                    again.edit(edit)
            again.pass_until(until_ms)
            found += again.transitions
    return found


def comparable(transitions: list[Transition]) -> dict[str, list[dict[str, Any]]]:
    """Return the transitions of each plugin in order; ids of alerts are replaced by their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in transitions:
        fields = msgspec.to_builtins(one)
        found.setdefault(one.plugin_id, []).append(fields)
    for of_plugin in found.values():
        ids = {alert_id: n for n, alert_id in enumerate(dict.fromkeys(one["alert_id"] for one in of_plugin))}
        for one in of_plugin:
            one["alert_id"] = ids[one["alert_id"]]
    return found


@pytest.fixture(scope="module")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("empty") / "archive.db"
    open_archive(place).close()
    return place


def run_and_try_out(
    redis: Redis,
    empty_archive: Path,
    folder: Path,
    first: Rule,
    others: Sequence[Rule],
    drawn: Sequence[Any],
    happened: Sequence[str],
) -> tuple[list[Transition], list[Transition]]:
    """Return what a live system decided, and what a backtest over its archive does."""
    redis.flushall()
    # An empty archive is made once: its migration takes a second.
    for leftover in folder.iterdir():
        leftover.unlink()
    archive = open_archive(Path(shutil.copy(empty_archive, folder)))
    try:
        live = Live(redis, archive, first)
        clock_ms, waiting = T + 1_000, list[Event]()
        for (wait_ms, plugin_id, skew_ms, metrics, states, errors), happening in zip(drawn, happened, strict=False):
            clock_ms += max(1, wait_ms)
            event = Event(plugin_id, "", clock_ms + skew_ms, metrics, states, [{"type": e} for e in errors])  # type: ignore[arg-type]
            waiting.append(event)
            if happening == "same entry":
                continue
            live.hear(clock_ms, waiting)
            waiting = []
            clock_ms += 1
            if happening == "edit":
                live.edit(clock_ms, others[len(live.edits) % len(others)])
            elif happening == "takeover":
                live.hand_on(clock_ms)
            elif happening == "resolve" and live.transitions:
                live.resolve(clock_ms)
        live.look_at_clock(clock_ms + LATER_MS)
        live.record()
        found = backtested(archive, first, live.edits, clock_ms + LATER_MS)
    finally:
        archive.close()

    return live.transitions, found


@given(
    first=rules,
    others=st.lists(rules, min_size=1, max_size=3),
    drawn=moments,
    happened=st.lists(happenings, min_size=40, max_size=40),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_backtest_decides_what_the_live_system_decided(
    redis: Redis,
    empty_archive: Path,
    tmp_path: Path,
    first: Rule,
    others: list[Rule],
    drawn: list[Any],
    happened: list[str],
) -> None:
    live, found = run_and_try_out(redis, empty_archive, tmp_path, first, others, drawn, happened)

    assert comparable(live) == comparable(found)


CHANCES = 40
OF_LONG_RUNS = [one for one in CONDITIONS if "error" not in [part.get("kind") for part in one.get("conditions", ())]]
"""
Without a compound that counts error reports: after an edit, an evaluator that takes over may judge it at another time
than the one before would have, so the log alone does not say what a live system decides.
"""
KINDS = ["nothing"] * 12 + ["edit", "takeover", "resolve", "same entry"]


def a_random_rule(chance: random.Random) -> Rule:
    kind = chance.choice(OF_LONG_RUNS)
    measures = bool(condition.check(a_rule(condition=kind)).needs().metrics)
    recover = chance.choice([0, 0, 10])
    return a_rule(
        condition=kind,
        for_seconds=chance.choice([0, 0, 5, 20]),
        cooldown_minutes=chance.choice([0, 0.5, 1]),
        recover={"for_seconds": recover} if recover else None,
        auto_resolve=chance.random() < 0.9,
        when_gone=chance.choice(["resolve", "hold", "fire"]),
        gone_after_seconds=chance.choice([None, 20, 45]) if measures else None,
    )


def a_random_moment(chance: random.Random) -> tuple[Any, ...]:
    """Return a moment as `moments` draws them: with a pause now and then, and values that stay for a while."""
    wait_ms = chance.choice((500, 2_000, 6_000, 9_000, 9_000, 40_000))
    skew_ms = chance.choice((0, 0, 0, 0, -500, -12_000, 4_000))
    metrics = {name: chance.choice((0.0, 50.0, 79.0, 81.0, 100.0)) for name in "xy" if chance.random() < 0.8}
    states = {"s": chance.choice(("good", "bad", "worse"))} if chance.random() < 0.3 else {}
    errors = [chance.choice(("Timeout", "Total", "Disk"))] if chance.random() < 0.2 else []
    return wait_ms, chance.choice(PLUGINS[:2]), skew_ms, metrics, states, errors


def test_backtest_decides_what_a_long_run_decided(redis: Redis, empty_archive: Path, tmp_path: Path) -> None:
    kinds: dict[str, int] = {}
    for seed in range(CHANCES):
        chance = random.Random(seed)
        drawn = [a_random_moment(chance) for _ in range(90)]
        happened = [chance.choice(KINDS) for _ in drawn]
        rules_of_run = [a_random_rule(chance) for _ in range(4)]
        live, found = run_and_try_out(
            redis, empty_archive, tmp_path, rules_of_run[0], rules_of_run[1:], drawn, happened
        )

        assert comparable(live) == comparable(found), seed
        for one in live:
            kinds[one.kind] = kinds.get(one.kind, 0) + 1
    # Else it would say little.
    assert {"pending", "cleared", "firing", "reopened", "announced", "resolved"} == kinds.keys()
