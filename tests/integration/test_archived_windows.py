"""Windows that look further back than the stream: filled from the archive, they are those of the whole stream."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from archive.opening import open_archive
from evaluator import archived_past
from evaluator.archived_past import ArchivedPast
from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.samples import Samples
from evaluator.takeover import take_over
from shared.model.encoding import encode
from shared.model.events import ErrorReport, Event
from shared.model.partitions import partition_of
from shared.redis import connection, keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.archived_series import compact
from tests.support.commits import commit_now
from tests.support.factories import RunningWorker, a_rule, outbox, publish
from tests.support.kept import record_all
from tests.support.postgres import PostgresServer
from tests.support.proxy import proxy_before
from tests.support.real_server import RealServer
from tests.support.waiting import until

HOUR_MS = 3_600_000
DAY_S = 86_400
MORE = {"operator": ">", "threshold": 1e12}
LONG = [
    a_rule(id="w", condition={"kind": "window", "metric": "w", "statistic": "avg", "seconds": DAY_S, **MORE}),
    a_rule(id="r", condition={"kind": "rate", "metric": "n", "unit": "increase", "seconds": DAY_S / 2, **MORE}),
    a_rule(id="f", condition={"kind": "window", "formula": "w / n", "statistic": "max", "seconds": DAY_S, **MORE}),
    a_rule(id="e", condition={"kind": "error", "seconds": DAY_S, "min_count": 10_000}),
]


def owner_of(redis: Redis, index: Index, archived: ArchivedPast | None = None) -> Partition:
    """Take partition 0 over as a worker does, up to its first read."""
    redis.delete(keys.lease(0))
    leases = Leases(redis, 60_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), "w")
    assert lease
    partition = take_over(redis, 0, lease, leases, index, 1, archived=archived)
    if partition.engine.replace_rules(index, connection.server_ms(redis), partition.changes):
        partition.complete_windows(connection.server_ms(redis) - HOUR_MS if archived else 0)
    return partition


def decide_all(redis: Redis, partition: Partition) -> None:
    entries = redis.xrange(keys.events(0), min=f"({partition.position}")
    now_ms = connection.server_ms(redis)
    assert [] == partition.decide([(i, [x for pair in f.items() for x in pair]) for i, f in entries], now_ms)
    partition.position = entries[-1][0].decode()
    commit_now(redis, partition, now_ms)


def add(redis: Redis, dice: random.Random, from_ms: int, to_ms: int, count: int) -> None:
    """Put events of three plugins at even distances; some are late, some have errors."""
    for n in range(count):
        entry_ms = from_ms + (to_ms - from_ms) * n // count
        # Never twice by the same amount: then the plugin's clock would have stepped back.
        late_ms = dice.choice((0, 0, 0, dice.randrange(3 * HOUR_MS)))
        metrics = {"w": round(dice.uniform(0, 100), 2)} | ({"n": float(n + 1)} if dice.random() < 0.8 else {})
        errors = (ErrorReport("e", "m"),) if dice.random() < 0.1 else ()
        event = Event(f"p{dice.randrange(3)}", at_ms=entry_ms - late_ms, metrics=metrics, errors=errors)
        redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(event)}, id=f"{entry_ms}-0")


def windows_of(partition: Partition) -> dict[str, Any]:
    """Return what the windows of each plugin hold; a few samples may stay that have left them already."""
    found: dict[str, Any] = {}
    for plugin_id, plugin in partition.engine.plugins.by_id.items():
        memory, windows = plugin.memory, plugin.plan.windows
        kept: dict[str, Samples | None] = {metric: memory.series[metric].samples for metric in windows.lengths_ms}
        kept |= {formula.text: memory.values_of(formula) for formula in windows.formulas_ms}
        lengths_ms = {**windows.lengths_ms, **{f.text: length_ms for f, length_ms in windows.formulas_ms.items()}}
        found[plugin_id] = {
            name: (
                list(samples.times_within(samples.newest_at_ms, lengths_ms[name])),
                list(samples.within(samples.newest_at_ms, lengths_ms[name])),
            )
            for name, samples in kept.items()
            if samples is not None
        }
        since_ms = memory.last_at_ms - windows.errors_ms
        found[plugin_id]["errors"] = [report for report in memory.errors if report[0] > since_ms]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_windows_of_a_trimmed_stream_are_those_of_the_whole(redis: Redis, place: Path | str, seed: int) -> None:
    dice = random.Random(seed)
    now_ms = connection.server_ms(redis)
    archive = open_archive(place)
    add(redis, dice, now_ms - 30 * HOUR_MS, now_ms - 6 * HOUR_MS, 400)
    record_all(redis, archive, 1)
    compact(archive)
    add(redis, dice, now_ms - 6 * HOUR_MS, now_ms - 2 * HOUR_MS, 100)
    # These are in the journal.
    record_all(redis, archive, 1)
    archive.close()
    add(redis, dice, now_ms - 2 * HOUR_MS, now_ms, 50)
    said: list[str] = []
    short = owner_of(redis, Index([a_rule(id="s")]))
    decide_all(redis, short)
    short.checkpoint(0)
    whole = windows_of(owner_of(redis, Index(LONG, revision=2)))
    trimmed_ms = now_ms - dice.choice((HOUR_MS, 3 * HOUR_MS, 9 * HOUR_MS))
    redis.xtrim(keys.events(0), minid=f"{trimmed_ms}-0", approximate=False)
    filled = windows_of(owner_of(redis, Index(LONG, revision=2), ArchivedPast(place, lambda *text: said.extend(text))))

    for plugin_id, windows in whole.items():
        for name, held in windows.items():
            found = filled[plugin_id][name]
            if name == "w / n":
                # Its first values rest on samples of `n` from before the window, which nobody reads from the archive.
                missing = len(held[0]) - len(found[0])
                assert 0 <= missing < 10
                assert tuple(column[missing:] for column in held) == found, (plugin_id, name)
            else:
                assert held == found, (plugin_id, name)
    assert [] == said
    assert all(len(one["w"][0]) > 100 for one in whole.values()), "they look back"


def test_while_the_archive_is_away_windows_have_what_the_stream_has(redis: Redis, tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database" * 1_000)
    now_ms = connection.server_ms(redis)
    add(redis, random.Random(1), now_ms - 1_000_000, now_ms, 50)
    decide_all(redis, owner := owner_of(redis, Index([a_rule(id="s")])))
    owner.checkpoint(0)
    whole = windows_of(owner_of(redis, Index(LONG, revision=2)))
    said: list[tuple[str, str]] = []
    past = ArchivedPast(tmp_path / "archive.db", lambda *text: said.append(text))
    found = windows_of(owner_of(redis, Index(LONG, revision=2), past))

    assert whole == found
    ((what, why),) = said
    assert "windows of partition 0" in what
    assert "archive.db cannot be used" in why


def test_a_slow_archive_holds_up_no_lease_and_is_done_without(
    redis: Redis, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archived_past, "PATIENCE_S", 120.0)
    url = postgres.new_database()
    now_ms = connection.server_ms(redis)
    archive = open_archive(url)
    add(redis, random.Random(3), now_ms - 30 * HOUR_MS, now_ms, 500)
    record_all(redis, archive, 1)
    compact(archive)
    archive.close()
    decide_all(redis, owner := owner_of(redis, Index([a_rule(id="s")])))
    owner.checkpoint(0)
    redis.xtrim(keys.events(0), minid=f"{now_ms - HOUR_MS}-0", approximate=False)
    said: list[tuple[str, str]] = []
    with proxy_before(urlsplit(url).port or 0) as slow:
        parts = urlsplit(url)
        there = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{slow.port}").geturl()
        past = ArchivedPast(there, lambda *text: said.append(text))
        at_once = windows_of(owner_of(redis, Index(LONG, revision=2), past))
        slow.delay_s = 3_600.0
        monkeypatch.setattr(archived_past, "PATIENCE_S", 0.5)
        kept = []
        wanted = {f"p{n}": now_ms - 20 * HOUR_MS for n in range(3)}
        before = (now_ms - HOUR_MS, 0)
        late = list(past.events(0, wanted, before, lambda: kept.append(1)))
        again = list(past.events(1, wanted, before, lambda: kept.append(1)))

    assert all(len(one["w"][0]) > 20 for one in at_once.values()), "an archive that answers is read as before"
    assert ([], []) == (late, again)
    assert ["did not answer within", "too slow a moment ago"] == [
        next(text for text in ("did not answer within", "too slow a moment ago") if text in why) for _, why in said
    ]
    assert kept, "the lease is kept meanwhile"


@pytest.mark.slow
def test_a_slow_archive_costs_no_other_partition_its_lease(
    redis: Redis, server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_s = 8.0
    asked: list[int] = []

    def answer_late(_: object, number: int, __: object, ___: object, keep_lease: Callable[[], None]) -> Any:
        over_at_s = time.monotonic() + 1.5 * lease_s
        until(lambda: keep_lease() or time.monotonic() > over_at_s, every_s=0.2)
        asked.append(number)
        return iter(())

    monkeypatch.setattr(ArchivedPast, "events", answer_late)
    settings = replace(Settings(), partitions=2, lease_seconds=lease_s, data_dir=tmp_path)
    other, plugin = (next(name for name in map(str, range(100)) if partition_of(name, 2) == n) for n in range(2))
    rule_store.save(redis, a_rule(id="s"))
    with RunningWorker(server.url, "w1", settings) as worker:
        publish(redis, 2, Event(plugin, metrics={"w": 1.0}))
        until(lambda: worker.heartbeat.counters["events"] == 1, "it is decided")
        before = [redis.get(keys.lease(number)) for number in range(2)]
        for rule in LONG:
            rule_store.save(redis, rule)
        until(lambda: asked, "the archive has answered")
        publish(redis, 2, Event(plugin, metrics={"w": 2.0}), Event(other, metrics={"w": 1.0}))
        until(lambda: worker.heartbeat.counters["events"] == 3, "both partitions go on")
        after = [redis.get(keys.lease(number)) for number in range(2)]
        lost = worker.heartbeat.counters["leases_lost"]

    assert [1] == asked[:1]
    assert (before, 0) == (after, lost)


def test_of_very_many_events_the_newest_are_read(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archived_past, "MOST_EVENTS", 300)
    now_ms = connection.server_ms(redis)
    add(redis, random.Random(2), now_ms - 30 * HOUR_MS, now_ms, 3_000)
    archive = open_archive(tmp_path / "archive.db")
    record_all(redis, archive, 1)
    compact(archive)
    archive.close()
    decide_all(redis, owner := owner_of(redis, Index([a_rule(id="s")])))
    owner.checkpoint(0)
    redis.xtrim(keys.events(0), maxlen=1, approximate=False)
    said: list[str] = []
    found = windows_of(
        owner_of(redis, Index(LONG, revision=2), ArchivedPast(tmp_path / "archive.db", lambda *text: said.extend(text)))
    )

    assert {f"windows of p{n}" for n in range(3)} <= set(said)
    assert all(one["w"][0] for one in found.values())


def test_rule_that_looks_back_a_day_is_decided_at_once(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    """Its samples are three hours old and no longer in the stream."""
    settings = replace(Settings(), partitions=1, lease_seconds=1, data_dir=tmp_path)
    now_ms = connection.server_ms(redis)
    rule_store.save(redis, a_rule(id="s"))
    for n in range(40):
        event = Event("p", at_ms=now_ms - 3 * HOUR_MS + n, metrics={"w": 1.0})
        redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(event)}, id=f"{event.at_ms}-0")
    with RunningWorker(server.url, "w1", settings) as worker:
        until(lambda: worker.heartbeat.counters["events"] == 40, "they are decided")
        archive = open_archive(tmp_path / "archive.db")
        record_all(redis, archive, 1)
        compact(archive)
        archive.close()
        redis.xtrim(keys.events(0), maxlen=0, approximate=False)
        many = {"kind": "window", "metric": "w", "statistic": "count", "seconds": DAY_S, "operator": ">"}
        rule_store.save(redis, a_rule(id="many", condition={**many, "threshold": 40}))
        until(lambda: worker.heartbeat.counters["rules_revision"] == 2, "the rule is in force")
        publish(redis, 1, Event("p", metrics={"w": 1.0}))
        told = until(lambda: outbox(redis, 1), "it fires")

    assert [("firing", "many", 41.0)] == [(one.kind, one.rule_id, one.value) for one in told]
