"""An evaluator that takes over slowly, because there is much to load or the machine is busy."""

import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from evaluator import condition, takeover
from evaluator.index import Index
from evaluator.partition import Partition
from shared.model.encoding import encode
from shared.model.events import Command, Event
from shared.model.partitions import partition_of
from shared.redis import connection, keys, streams
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.commits import commit_now
from tests.support.factories import RunningWorker, a_rule, lag, outbox, publish
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import until


@pytest.mark.slow
def test_partitions_held_are_not_lost_while_others_are_taken_over(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = takeover.take_over

    def load_slowly(*arguments: Any) -> Partition:
        time.sleep(1.0)
        return load(*arguments)

    monkeypatch.setattr(takeover, "take_over", load_slowly)
    with RunningWorker(server.url, "slow", Settings(lease_seconds=6.0)) as worker:
        until(lambda: worker.heartbeat.counters["partitions"] == 8)

        assert 0 == worker.heartbeat.counters["leases_lost"]


LABELLED = {"kind": "window", "metric": "w", "statistic": "max", "seconds": 600, "operator": ">", "threshold": 0}


def take_over(redis: Redis, index: Index, holder: str) -> Partition:
    """Take partition 0 over as a worker does, up to its first read."""
    redis.delete(keys.lease(0))
    leases = Leases(redis, 20_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), holder)
    assert lease
    partition = takeover.take_over(redis, 0, lease, leases, index, 1)
    if partition.engine.replace_rules(index, connection.server_ms(redis), partition.changes):
        partition.complete_windows(0)
    return partition


def decide_all(redis: Redis, partition: Partition) -> None:
    entries = redis.xrange(keys.events(0), min=f"({partition.position}")
    assert [] == partition.decide(
        [(i, [x for pair in f.items() for x in pair]) for i, f in entries], connection.server_ms(redis)
    )
    partition.position = entries[-1][0].decode()
    commit_now(redis, partition, connection.server_ms(redis))


def long_ago(redis: Redis) -> None:
    """Make it look as if nobody had listened to partition 0 for a minute: longer than two leases."""
    redis.set(keys.alive(0), connection.server_ms(redis) - 60_000)


@pytest.mark.parametrize("deaths", [1, 2, 3])
@pytest.mark.parametrize("checkpointed", [False, True])
def test_windows_are_whole_however_many_owners_die_after_an_outage(
    redis: Redis, deaths: int, checkpointed: bool
) -> None:
    """The plugin is in the rule's scope by its labels, and has an open alert that says nothing of these."""
    index = Index([a_rule(id="open"), a_rule(id="w", condition=LABELLED, labels={"region": "kr"})], revision=1)
    now_ms = connection.server_ms(redis)
    first = take_over(redis, index, "w0")
    if checkpointed:
        first.checkpoint(0)
    for ago_ms, w in ((500_000, 10.0), (400_000, 90.0), (300_000, 20.0)):
        event = Event("p", at_ms=now_ms - ago_ms, metrics={"w": w, "cpu": 99.0}, labels={"region": "kr"})
        publish(redis, 1, event)
    decide_all(redis, first)
    for n in range(deaths):
        long_ago(redis)
        take_over(redis, index, f"dies before its next checkpoint {n}")
    last = take_over(redis, index, "heir")
    publish(redis, 1, Event("p", at_ms=now_ms, metrics={"w": 30.0}, labels={"region": "kr"}))
    known = last.engine.plugins.memory_of("p")
    verdict = condition.check(a_rule(condition=LABELLED)).judge(known, now_ms, None)

    assert verdict is not None
    assert 90.0 == verdict.value


def test_batch_that_a_sender_repeats_counts_once_under_the_next_owner_too(redis: Redis) -> None:
    """A commit and a takeover come between the batch and its repetition; then the windows are read again."""
    index = Index([a_rule(id="n", condition={**LABELLED, "statistic": "count", "threshold": 3, "operator": ">"})])
    now_ms = connection.server_ms(redis)
    batch = [Event("p", at_ms=now_ms - ago_ms, metrics={"w": ago_ms / 1000}) for ago_ms in (3_000, 2_000, 1_000)]
    first = take_over(redis, index, "a")
    publish(redis, 1, *batch)
    decide_all(redis, first)
    first.checkpoint(0)
    publish(redis, 1, *batch)
    second = take_over(redis, index, "b")
    decide_all(redis, second)
    third = take_over(redis, index, "c")

    for owner in (second, third):
        samples = owner.engine.plugins.memory_of("p").series["w"].samples
        assert samples is not None and [3.0, 2.0, 1.0] == list(samples.values())
    third.complete_windows(0)
    samples = third.engine.plugins.memory_of("p").series["w"].samples
    assert samples is not None and [3.0, 2.0, 1.0] == list(samples.values())
    assert [] == outbox(redis, 1)


@pytest.mark.parametrize("checkpointed", [False, True])
def test_counter_that_starts_again_under_the_next_owner_has_only_grown(redis: Redis, checkpointed: bool) -> None:
    grew = {"kind": "rate", "metric": "n", "unit": "increase", "seconds": 600, "operator": ">=", "threshold": 30}
    shrank = {**grew, "operator": "<", "threshold": 0}
    index = Index([a_rule(id="grew", condition=grew), a_rule(id="shrank", condition=shrank)])
    now_ms = connection.server_ms(redis)
    owner = take_over(redis, index, "a")
    for step, total in enumerate((1_000.0, 1_020.0, 4.0, 12.0)):
        at_ms = now_ms - 4_000 + step * 1_000
        publish(redis, 1, Event("p", at_ms=at_ms, metrics={"n": total}, counters=["n"]))
        decide_all(redis, owner)
        if checkpointed:
            owner.checkpoint(0)
        owner = take_over(redis, index, f"b{step}")

    assert [("firing", "grew", 32.0)] == [(told.kind, told.rule_id, told.value) for told in outbox(redis, 1)]


def test_pair_of_servers_counts_once_whoever_owns_the_partition(redis: Redis) -> None:
    """Each sends the same counter, a moment apart, and a commit and a takeover come between their entries."""
    grew = {"kind": "rate", "metric": "n", "unit": "increase", "seconds": 600, "operator": ">=", "threshold": 0}
    index = Index([a_rule(condition=grew)])
    now_ms = connection.server_ms(redis)
    owner = take_over(redis, index, "w")
    for step, (replica, total) in enumerate([("a", 10.0), ("b", 9.0), ("a", 20.0), ("b", 19.0), ("a", 30.0)]):
        event = Event("p", at_ms=now_ms + step, metrics={"n": total}, counters=("n",), replica=replica)
        publish(redis, 1, event)
        decide_all(redis, owner)
        if step % 2:
            owner.checkpoint(0)
        owner = take_over(redis, index, f"w{step}")
    owner.complete_windows(0)
    samples = owner.engine.plugins.memory_of("p").series["n"].samples

    assert samples is not None and [10.0, 20.0, 30.0] == list(samples.values())


def pass_time(redis: Redis, partition: Partition, at_ms: int) -> None:
    """Let an owner judge what is due until *at_ms* of the clock, and commit it."""
    partition.nothing_unread_at(at_ms + 1)
    partition.pass_time(at_ms)
    commit_now(redis, partition, at_ms)


def publish_ten_minutes_ago(redis: Redis) -> int:
    """Publish a good sample, and return when it arrived."""
    heard_ms = connection.server_ms(redis) - 600_000
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(Event("p", metrics={"cpu": 1.0}))}, id=f"{heard_ms}-0")
    return heard_ms


SILENT = {"id": "silent", "gone_after_seconds": 5, "when_gone": "fire"}


@pytest.mark.parametrize("checkpointed", [False, True])
def test_series_that_ended_for_want_of_samples_ends_once_whoever_owns_the_partition(
    redis: Redis, checkpointed: bool
) -> None:
    """A person resolved the alert; a new owner, and one after an outage, must not raise it again."""
    index = Index([a_rule(**SILENT)])
    owner = take_over(redis, index, "a")
    heard_ms = publish_ten_minutes_ago(redis)
    decide_all(redis, owner)
    if checkpointed:
        owner.checkpoint(0)
    pass_time(redis, owner, heard_ms + 6_000)
    [fired] = outbox(redis, 1)
    command = Command(
        kind="resolve", rule_id="silent", plugin_id="p", alert_id=fired.alert_id, by="kim", at_ms=heard_ms + 7_000
    )
    owner.engine.obey(command, owner.changes)
    commit_now(redis, owner, heard_ms + 7_000)
    for n, outage in enumerate((False, True, False)):
        if outage:
            long_ago(redis)
        owner = take_over(redis, index, f"b{n}")
        pass_time(redis, owner, heard_ms + 8_000 + n * 120_000)

    assert ["firing", "resolved"] == [told.kind for told in outbox(redis, 1)]
    assert heard_ms + 5_000 == fired.at_ms


def test_end_for_want_of_samples_that_an_owner_did_not_commit_is_decided_by_the_next(redis: Redis) -> None:
    index = Index([a_rule(**SILENT)])
    first = take_over(redis, index, "a")
    heard_ms = publish_ten_minutes_ago(redis)
    decide_all(redis, first)
    first.nothing_unread_at(heard_ms + 7_000)
    first.pass_time(heard_ms + 6_000)
    assert ["firing"] == [told.kind for told in first.changes.transitions]
    second = take_over(redis, index, "it dies before its commit")
    pass_time(redis, second, heard_ms + 6_000)

    assert [("firing", heard_ms + 5_000)] == [(told.kind, told.at_ms) for told in outbox(redis, 1)]


def test_series_that_its_sender_ended_stays_so_under_the_next_owner(redis: Redis) -> None:
    index = Index([a_rule()])
    now_ms = connection.server_ms(redis)
    for n, event in enumerate(
        (
            Event("p", at_ms=now_ms, metrics={"cpu": 99.0}),
            Event("p", at_ms=now_ms + 1, gone=("cpu",)),
            Event("p", at_ms=now_ms - 1, metrics={"cpu": 99.0}),
            Event("p", at_ms=now_ms + 2, metrics={"cpu": 99.0}),
        )
    ):
        owner = take_over(redis, index, f"w{n}")
        publish(redis, 1, event)
        decide_all(redis, owner)
        if n % 2:
            owner.checkpoint(0)

    reasons = [(told.kind, told.reason_code) for told in outbox(redis, 1)]
    assert [("firing", "comparison.holds"), ("resolved", "gone.stated"), ("firing", "comparison.holds")] == reasons


def test_windows_are_filled_when_a_checkpoint_does_not_cover_what_the_rules_look_back_on(redis: Redis) -> None:
    """As when a release before this one made it, or an owner who could not read the rule; the revision is the same."""
    narrow, wide = ({**LABELLED, "seconds": seconds} for seconds in (60, 600))
    now_ms = connection.server_ms(redis)
    first = take_over(redis, Index([a_rule(id="w", condition=narrow)], revision=1), "a")
    for ago_ms, w in ((400_000, 90.0), (1_000, 30.0)):
        publish(redis, 1, Event("p", at_ms=now_ms - ago_ms, metrics={"w": w}))
    decide_all(redis, first)
    first.checkpoint(0)
    second = take_over(redis, Index([a_rule(id="w", condition=wide)], revision=1), "b")
    verdict = condition.check(a_rule(condition=wide)).judge(second.engine.plugins.memory_of("p"), now_ms, None)

    assert verdict is not None
    assert 90.0 == verdict.value


def test_entry_whose_reading_meets_a_bug_keeps_no_owner_from_its_partition(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index([a_rule(id="w")], revision=1)
    first = take_over(redis, index, "a")
    now_ms = connection.server_ms(redis)
    for plugin_id in ("bad", "good"):
        publish(redis, 1, Event(plugin_id, at_ms=now_ms, metrics={"cpu": 1.0}))
    decide_all(redis, first)
    real = streams.decode

    def decode(body: bytes, entry_ms: int) -> object:
        if b"bad" in body:
            raise OverflowError("a bug")
        return real(body, entry_ms)

    monkeypatch.setattr(streams, "decode", decode)
    second = take_over(redis, index, "b")

    assert ["good"] == [memory.plugin_id for memory in second.engine.plugins.memories()]
    assert ["OverflowError: a bug"] == [one.partition(": ")[2] for one in second.unreadable]


def test_alert_of_a_plugin_whose_labels_are_not_known_yet_stays_open(redis: Redis) -> None:
    """A checkpoint that was lost, or torn, does not take a plugin out of its rules' scope."""
    index = Index([a_rule(labels={"region": "kr"}), a_rule(id="elsewhere", labels={"region": "us"})])
    first = take_over(redis, index, "a")
    publish(redis, 1, Event("p", metrics={"cpu": 99.0}, labels={"region": "kr"}))
    decide_all(redis, first)
    redis.xtrim(keys.events(0), maxlen=0)
    second = take_over(redis, index, "b")
    publish(redis, 1, Event("p", metrics={"cpu": 1.0}, labels={"region": "kr"}))
    decide_all(redis, second)

    assert [("firing", "r"), ("resolved", "r")] == [(t.kind, t.rule_id) for t in outbox(redis, 1)]
    assert "cpu = 1 is not > 80" == outbox(redis, 1)[1].reason


def test_evaluator_killed_after_its_first_checkpoint_after_an_outage_leaves_whole_windows(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """With real processes: the whole story of an outage, a takeover and a death before the next checkpoint."""
    rule_store.save(redis, a_rule(id="open"))
    rule_store.save(
        redis, a_rule(id="w", condition={**LABELLED, "threshold": 80}, labels={"region": "kr"}, for_seconds=200)
    )
    now_ms = connection.server_ms(redis)
    p = partition_of("p", 8)
    with a_system(server.url, tmp_path, LEASE_SECONDS="1") as system:
        first = system.start("evaluator")
        wait_ready(redis, "evaluator")
        for ago_ms, w in ((500_000, 10.0), (100_000, 90.0)):
            metrics = {"w": w, "cpu": 99.0}
            publish(redis, 8, Event("p", at_ms=now_ms - ago_ms, metrics=metrics, labels={"region": "kr"}))
        until(lambda: lag(redis, 8) == 0 and redis.hlen(keys.snapshots(p)) == 2)
        first.kill()
        redis.delete(keys.checkpoint(p))
        redis.set(keys.alive(p), connection.server_ms(redis) - 60_000)
        marker = tmp_path / "died"
        system.start("evaluator", CRASH_POINT=f"evaluator.after_checkpoint={marker}")
        until(marker.exists)
        system.start("evaluator")
        publish(redis, 8, Event("p", at_ms=now_ms + 110_000, metrics={"w": 30.0}, labels={"region": "kr"}))
        told = until(lambda: [t for t in outbox(redis, 8) if t.kind == "firing" and t.rule_id == "w"])

    assert [90.0] == [t.value for t in told]
