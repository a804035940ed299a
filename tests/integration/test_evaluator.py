"""The evaluator against a real server: commits, takeovers, live rules, bad entries."""

import itertools
import json
import random
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ResponseError

from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.takeover import take_over as take_over_partition
from evaluator.worker import FORGET_PLUGIN_MS
from shared.clock import SystemClock
from shared.errors import LeaseLost
from shared.model import dead_letter
from shared.model.alerts import Transition
from shared.model.encoding import encode
from shared.model.events import Command, Event
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.commits import commit_now
from tests.support.factories import RunningWorker, a_rule, an_event, lag, outbox, publish
from tests.support.real_server import RealServer
from tests.support.reference_model import events_of, reference
from tests.support.replays import CONDITIONS, log_of, moments
from tests.support.waiting import until

SETTINGS = replace(Settings(), partitions=4, lease_seconds=1)
T = 1_700_000_000_000


def take_over(redis: Redis, index: Index, holder: str, leases: Leases | None = None) -> Partition:
    leases = leases or Leases(redis, 60_000)
    redis.delete(keys.lease(0))
    lease = leases.acquire(keys.lease(0), keys.fence(0), holder)
    assert lease
    return take_over_partition(redis, 0, lease, leases, index)


def read_and_decide(redis: Redis, partition: Partition, count: int, now_ms: int = T) -> bool:
    """Let a partition decide the next *count* entries, without its own connection."""
    entries = redis.xrange(keys.events(0), min=f"({partition.position}", count=count)
    if not entries:
        return False
    partition.position = entries[-1][0].decode()
    partition._entries_read += len(entries)
    assert [] == partition.decide([(i, [x for pair in f.items() for x in pair]) for i, f in entries], now_ms)
    return True


def test_metric_over_threshold_becomes_a_transition_in_the_outbox(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(name="CPU 높음", channels=["web", "email"]))
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, 4, Event("플러그인", plugin_name="내 플러그인", at_ms=T, metrics={"cpu": 91.5}))
        told = until(lambda: outbox(redis, 4))

    assert ["firing"] == [t.kind for t in told]
    assert ("CPU 높음", "플러그인", "내 플러그인", 91.5) == (
        told[0].rule_name,
        told[0].plugin_id,
        told[0].plugin_name,
        told[0].value,
    )
    assert ["web", "email"] == told[0].channels


def test_backlog_of_an_outage_is_decided_in_order_and_as_of_its_own_times(redis: Redis, server: RealServer) -> None:
    """What fired and ended while no evaluator ran is told as of then, and so is what still fires."""
    rule_store.save(redis, a_rule())
    now_ms = SystemClock().now_ms()
    for ago_s, cpu in ((3_000, 10), (2_000, 99), (1_000, 10), (90, 97), (1, 98)):
        publish(redis, 4, an_event(now_ms - ago_s * 1_000, cpu=cpu))
    with RunningWorker(server.url, "w1", SETTINGS):
        told = until(lambda: len(found := outbox(redis, 4)) == 3 and found)
        publish(redis, 4, an_event(SystemClock().now_ms(), cpu=1))
        last = until(lambda: len(found := outbox(redis, 4)) == 4 and found[3])

    assert [("firing", 2_000), ("resolved", 1_000), ("firing", 90)] == [
        (t.kind, (now_ms - t.at_ms) // 1_000) for t in told
    ]
    assert [("decided.as_of", t.at_ms) for t in told] == [(t.reason_code, t.reason_values["at_ms"]) for t in told]
    assert told[0].reason.startswith("as of 20") and told[0].reason.endswith(": cpu = 99 is > 80")
    assert ("resolved", "cpu = 1 is not > 80") == (last.kind, last.reason)


def test_rule_saved_while_running_is_live_without_restart(redis: Redis, server: RealServer) -> None:
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: worker.heartbeat.ready)
        publish(redis, 4, an_event(T, cpu=99))
        until(lambda: lag(redis, 4) == 0)
        rule_store.save(redis, a_rule())
        instants = itertools.count(T + 1)  # A repetition is not judged, not even by a new rule.
        until(lambda: publish(redis, 4, an_event(next(instants), cpu=99)) and outbox(redis, 4), every_s=0.1)
        rule_store.delete(redis, "r")
        told = until(lambda: len(outbox(redis, 4)) == 2 and outbox(redis, 4))

    assert ["firing", "resolved"] == [t.kind for t in told]
    assert told[0].reason.endswith("cpu = 99 is > 80") and "the rule was deleted" == told[1].reason


def test_cooldown_is_a_key_with_a_time_to_live(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(cooldown_minutes=5))
    p = partition_of("p", 4)
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, 4, an_event(T, cpu=99))
        left_ms = until(lambda: redis.pttl(keys.cooldown(p, "r", "p")) > 0 and redis.pttl(keys.cooldown(p, "r", "p")))
        told = outbox(redis, 4)

    assert 0 < left_ms <= 300_000
    assert told[0].alert_id.encode() == redis.get(keys.cooldown(p, "r", "p"))


def test_cooldown_survives_a_takeover_and_ends_with_its_key(redis: Redis) -> None:
    index = Index([a_rule(cooldown_minutes=5)])
    first = take_over(redis, index, "a")
    for i, cpu in enumerate([90, 50]):
        publish(redis, 1, an_event(T + i, cpu=cpu))
    read_and_decide(redis, first, 10)
    commit_now(redis, first, T)
    second = take_over(redis, index, "b")
    publish(redis, 1, an_event(T + 2, cpu=90))
    read_and_decide(redis, second, 10)
    commit_now(redis, second, T)
    publish(redis, 1, an_event(T + 3, cpu=50))
    read_and_decide(redis, second, 10)
    commit_now(redis, second, T)
    redis.delete(keys.cooldown(0, "r", "p"))
    third = take_over(redis, index, "c")
    third.engine.pass_time(T, third.changes)
    publish(redis, 1, an_event(T + 4, cpu=90))
    read_and_decide(redis, third, 10)
    commit_now(redis, third, T)
    told = outbox(redis, 1)

    assert ["firing", "resolved", "reopened", "resolved", "firing"] == [t.kind for t in told]
    assert told[0].alert_id == told[2].alert_id != told[4].alert_id


def test_commit_of_a_holder_whose_lease_was_taken_writes_nothing(redis: Redis) -> None:
    index = Index([a_rule()])
    sleeper = take_over(redis, index, "sleeper")
    publish(redis, 1, an_event(T, cpu=99))
    read_and_decide(redis, sleeper, 10)
    take_over(redis, index, "heir")
    with pytest.raises(LeaseLost):
        commit_now(redis, sleeper, T)

    assert [] == outbox(redis, 1)
    assert {} == redis.hgetall(keys.snapshots(0))
    assert b"0-0" == redis.xinfo_groups(keys.events(0))[0]["last-delivered-id"]


def test_commits_go_on_after_the_scripts_were_flushed_or_their_connection_was_closed(
    redis: Redis, server: RealServer
) -> None:
    rule_store.save(redis, a_rule())
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        for n, breakage in enumerate((None, redis.script_flush, lambda: kill_commits(redis))):
            if breakage:
                breakage()
            publish(redis, 4, Event(f"p{n}", at_ms=T, metrics={"cpu": 99}))
            until(lambda n=n: len(outbox(redis, 4)) == n + 1)

    assert worker.heartbeat.counters["leases_lost"] == worker.heartbeat.counters["failures"] == 0
    assert 3 == worker.heartbeat.counters["transitions"]


def kill_commits(redis: Redis) -> None:
    """Close the connection that idles since its last commit; the leases' is asked four times a second."""
    calls = [client for client in redis.client_list() if client["cmd"] == "evalsha"]
    redis.client_kill_filter(_id=max(calls, key=lambda client: int(client["idle"]))["id"])


def test_storm_in_which_leases_are_stolen_between_a_commit_and_the_next_loses_and_doubles_nothing(
    redis: Redis, server: RealServer
) -> None:
    rule_store.save(redis, a_rule())
    draw = random.Random(8)
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: worker.heartbeat.counters["partitions"] == 4)
        for n in range(2_000):
            publish(redis, 4, Event(f"p{n}", at_ms=T, metrics={"cpu": 99}))
            if n % 100 == 50:
                redis.set(keys.lease(draw.randrange(4)), "thief:0", px=20)
        until(lambda: lag(redis, 4) == 0 and len(outbox(redis, 4)) >= 2_000)

    assert sorted(t.plugin_id for t in outbox(redis, 4)) == sorted(f"p{n}" for n in range(2_000))
    assert worker.heartbeat.counters["leases_lost"] > 0


def test_checkpoint_of_a_holder_whose_lease_was_taken_is_refused(redis: Redis) -> None:
    sleeper = take_over(redis, Index([]), "sleeper")
    publish(redis, 1, an_event(T, cpu=1))
    read_and_decide(redis, sleeper, 10)
    take_over(redis, Index([]), "heir")
    with pytest.raises(LeaseLost):
        sleeper.checkpoint(0)

    assert 0 == redis.exists(keys.checkpoint(0))


def test_late_sample_is_known_as_late_after_a_takeover_from_a_checkpoint(redis: Redis) -> None:
    index = Index([a_rule()])
    first = take_over(redis, index, "a")
    publish(redis, 1, an_event(T, cpu=10))
    read_and_decide(redis, first, 10)
    commit_now(redis, first, T)
    first.checkpoint(0)
    redis.xtrim(keys.events(0), maxlen=0)
    second = take_over(redis, index, "b")
    publish(redis, 1, an_event(T - 1, cpu=99))
    read_and_decide(redis, second, 10)
    done = commit_now(redis, second, T)

    assert (1, []) == (done.late, outbox(redis, 1))


def test_committed_lag_shows_in_the_standard_tools(redis: Redis) -> None:
    partition = take_over(redis, Index([]), "a")
    for i in range(10):
        publish(redis, 1, an_event(T + i, cpu=1))
    read_and_decide(redis, partition, 6)
    before = redis.xinfo_groups(keys.events(0))[0]["lag"]
    commit_now(redis, partition, T)

    assert (10, 4) == (before, redis.xinfo_groups(keys.events(0))[0]["lag"])


def test_operators_resolve_reaches_the_owner_through_the_log(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(auto_resolve=False))
    p = partition_of("p", 4)
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, 4, an_event(T, cpu=99))
        fired = until(lambda: outbox(redis, 4))[0]
        command = Command(kind="resolve", rule_id="r", plugin_id="p", alert_id=fired.alert_id, by="kim", at_ms=T)
        redis.xadd(keys.events(p), {keys.COMMAND_FIELD: encode(command)})
        until(lambda: redis.hlen(keys.snapshots(p)) == 0)
        publish(redis, 4, an_event(T + 1, cpu=99))
        told = until(lambda: len(outbox(redis, 4)) == 3 and outbox(redis, 4))

    assert ["firing", "resolved", "firing"] == [t.kind for t in told]


def test_partitions_spread_evenly_and_return_when_a_worker_leaves(redis: Redis, server: RealServer) -> None:
    def held(worker: RunningWorker) -> int:
        return int(worker.heartbeat.counters["partitions"])

    with RunningWorker(server.url, "w1", SETTINGS) as first:
        until(lambda: held(first) == 4)
        with RunningWorker(server.url, "w2", SETTINGS) as second:
            until(lambda: (held(first), held(second)) == (2, 2))
        until(lambda: held(first) == 4)


BAD = {
    "not JSON": {"e": b"\xff\xfe not json"},
    "wrong type": {"e": b'{"plugin_id": 5}'},
    "NaN": {"e": b'{"plugin_id": "p", "metrics": {"cpu": NaN}}'},
    "empty": {"e": b""},
    "no field": {"x": b"1"},
    "bad command": {"c": b"{}"},
    "ten megabytes": {"e": b'{"plugin_id": "' + b"x" * 10_000_000 + b'"}'},
    "a list of nothing good": {"e": b"[1, null, []]"},
    "deep": {"e": b"[" * 50_000},
}


def test_hostile_entries_go_to_the_dead_letters_and_the_good_between_them_are_evaluated(
    redis: Redis, server: RealServer
) -> None:
    rule_store.save(redis, a_rule())
    generator = random.Random(11)
    good = 0
    for _ in range(20):
        for entry in BAD.values():
            if len(entry.get("e", b"")) < 1_000_000 or generator.random() < 0.1:
                redis.xadd(keys.events(partition_of("p", 4)), entry)
            noise = bytes(generator.randrange(256) for _ in range(generator.randrange(40)))
            redis.xadd(keys.events(partition_of("p", 4)), {"e": noise})
            publish(redis, 4, an_event(T + good, cpu=99 if good % 2 == 0 else 1))
            good += 1
    publish(redis, 4, Event("p", at_ms=T + good))
    redis.xadd(keys.events(partition_of("p", 4)), {"e": json.dumps({"plugin_id": "p", "unknown": [1]})})
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: lag(redis, 4) == 0)
        told = outbox(redis, 4)
    # It has heard of its last commit when it has left.
    counted = worker.heartbeat.counters["dead_letters"]
    letters = redis.xrange(keys.dead_letters(partition_of("p", 4)))

    assert ["firing", "resolved"] * (good // 2) == [t.kind for t in told]
    assert counted == len(letters) >= 20 * (len(BAD) - 1)
    assert all(fields[b"reason"] and len(fields[b"payload"]) <= 4096 for _, fields in letters)
    for _, fields in letters:
        assert fields[b"reason"].decode() == str(dead_letter.read(fields[b"why"]))


def test_event_with_an_unusable_value_is_judged_without_it_and_its_plugin_was_heard(
    redis: Redis, server: RealServer
) -> None:
    """Another plugin of the partition says nothing after its first event, and is missed."""
    rule_store.save(redis, a_rule())
    rule_store.save(redis, a_rule(id="gone", condition={"kind": "absence", "seconds": 60}))
    values = ("NaN", "null", "true", '"n/a"', "1" + "0" * 400, "[[1]]")
    p = partition_of("p", 4)
    silent = next(name for name in map("q{}".format, range(40)) if partition_of(name, 4) == p)
    now_ms = redis.time()[0] * 1000
    for n, name in enumerate((silent, "p")):
        redis.xadd(keys.events(p), {"e": json.dumps({"plugin_id": name})}, id=f"{now_ms - 320_000}-{n}")
    # For longer than the absence rule waits, every event has something unusable in it.
    for n in range(16):
        body = f'{{"plugin_id": "p", "metrics": {{"cpu": 99, "gpu_temp": {values[n % len(values)]}}}}}'
        redis.xadd(keys.events(p), {"e": body}, id=f"{now_ms - (15 - n) * 20_000}-0")
    redis.set(keys.alive(p), now_ms - 320_000)
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: "gone" in {t.rule_id for t in outbox(redis, 4)})
    told = [(t.rule_id, t.kind, t.plugin_id) for t in outbox(redis, 4)]
    letters = redis.xrange(keys.dead_letters(p))

    assert [("gone", "firing", silent), ("r", "firing", "p")] == sorted(told)
    assert 16 == worker.heartbeat.counters["dropped_values"] == len(letters)
    assert all(b"plugin p" in fields[b"reason"] and b"metrics.gpu_temp" in fields[b"reason"] for _, fields in letters)


def test_worker_carries_on_after_the_server_restarted(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = RealServer(tmp_path_factory.mktemp("own"), "--appendfsync", "always")
    own.start()
    redis = Redis(port=own.port)
    rule_store.save(redis, a_rule())
    with RunningWorker(own.url, "w1", SETTINGS):
        publish(redis, 4, an_event(T, cpu=99))
        until(lambda: outbox(redis, 4))
        own.stop(kill=True)
        own.start()
        publish(redis, 4, an_event(T + 1, cpu=1))
        told = until(lambda: len(outbox(redis, 4)) == 2 and outbox(redis, 4))
    redis.close()
    own.stop()

    assert ["firing", "resolved"] == [t.kind for t in told]


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    events_of,
    st.sampled_from([">", "<=", "==", "!="]),
    st.sampled_from([0, 10, 20_000]),
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from(["commit", "commit", "die", "checkpoint"])), max_size=40),
)
def test_random_batches_and_restarts_give_the_transitions_of_the_reference_model(
    redis: Redis, events: list[Event], operator: str, for_ms: int, story: list[tuple[int, str]]
) -> None:
    redis.flushall()
    index = Index([a_rule(operator=operator, for_seconds=for_ms / 1000)])
    for event in events:
        publish(redis, 1, event)
    partition = take_over(redis, index, "w0")
    for i, (count, what) in enumerate([*story, (len(events) + 1, "commit")]):
        if not read_and_decide(redis, partition, count):
            break
        if what == "die":
            # Killed after deciding and before the commit: all of it must be decided again by the next owner.
            partition = take_over(redis, index, f"w{i + 1}")
            continue
        commit_now(redis, partition, T)
        if what == "checkpoint":
            partition.checkpoint(T)
    while read_and_decide(redis, partition, 100):
        commit_now(redis, partition, T)
    told = [(t.kind, t.plugin_id, t.at_ms) for t in outbox(redis, 1) if t.kind not in ("pending", "cleared")]

    assert reference(events, operator, 80.0, for_ms) == told


ABSENCE = {"kind": "absence", "seconds": 60}


def test_plugins_page_forgets_who_was_silent_for_a_week(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the evaluator that forgot a plugin died before it could say so."""
    monkeypatch.setattr("evaluator.worker.FORGET_EVERY_MS", 100)
    now_ms = SystemClock().now_ms()
    seen = {"silent": now_ms - FORGET_PLUGIN_MS - 60_000, "restored": now_ms - 60_000}
    redis.hset(keys.plugins(), mapping={name: encode({"plugin_id": name, "last_at_ms": t}) for name, t in seen.items()})
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, 4, Event("alive", at_ms=now_ms, metrics={"cpu": 1.0}))
        until(lambda: {b"alive", b"restored"} == set(redis.hkeys(keys.plugins())), "the silent one is forgotten")


def outage(redis: Redis, ms: int) -> None:
    """Make it look as if nobody had listened to partition 0 for *ms*."""
    seconds, micros = redis.time()
    redis.set(keys.alive(0), seconds * 1000 + micros // 1000 - ms)


def silent_ms(redis: Redis, partition: Partition, plugin_id: str = "p") -> int:
    seconds, micros = redis.time()
    return seconds * 1000 + micros // 1000 - partition.engine.plugins.memory_of(plugin_id).heard_at_ms


@pytest.mark.parametrize("checkpointed", [True, False])
def test_time_in_which_the_whole_system_was_down_is_not_silence_of_a_plugin(redis: Redis, checkpointed: bool) -> None:
    index = Index([a_rule(condition=ABSENCE)])
    first = take_over(redis, index, "a")
    seconds, _ = redis.time()
    hour_ago_ms = (seconds - 3_600) * 1000
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(an_event(hour_ago_ms, cpu=1))}, id=f"{hour_ago_ms}-0")
    read_and_decide(redis, first, 10, hour_ago_ms)
    commit_now(redis, first, hour_ago_ms)
    if checkpointed:
        first.checkpoint(0)
    outage(redis, 3_595_000)
    second = take_over(redis, index, "b")

    # It had been silent for five seconds when the lights went out.
    assert 4_000 <= silent_ms(redis, second) <= 120_000


def test_outage_is_forgiven_once_though_the_next_owner_dies_too(redis: Redis) -> None:
    index = Index([a_rule(condition=ABSENCE)])
    first = take_over(redis, index, "a")
    seconds, _ = redis.time()
    hour_ago_ms = (seconds - 3_600) * 1000
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(an_event(hour_ago_ms, cpu=1))}, id=f"{hour_ago_ms}-0")
    read_and_decide(redis, first, 10, hour_ago_ms)
    commit_now(redis, first, hour_ago_ms)
    outage(redis, 3_595_000)
    take_over(redis, index, "dies before its first tick")
    third = take_over(redis, index, "c")

    assert 0 <= silent_ms(redis, third) <= 120_000


def test_plugin_that_fell_silent_while_the_evaluators_were_away_is_missed(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(condition=ABSENCE))
    seconds, _ = redis.time()
    for ago_s in (600, 300):
        at_ms = (seconds - ago_s) * 1000
        redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(an_event(at_ms, cpu=1))}, id=f"{at_ms}-0")
    outage(redis, 590_000)
    with RunningWorker(server.url, "w1", replace(SETTINGS, partitions=1)):
        told = until(lambda: outbox(redis, 1))

    assert [("firing", "p")] == [(t.kind, t.plugin_id) for t in told]


class WrongClock(SystemClock):
    """Ahead by *ms*, or behind."""

    def __init__(self, ms: int) -> None:
        self._ms = ms

    def now_ms(self) -> int:
        return super().now_ms() + self._ms


@pytest.mark.parametrize("ahead_ms", [3_600_000, -3_600_000], ids=["an hour ahead", "an hour behind"])
def test_evaluator_whose_clock_is_wrong_judges_silence_by_the_servers(
    redis: Redis, server: RealServer, ahead_ms: int
) -> None:
    rule_store.save(redis, a_rule(condition=ABSENCE))
    seconds, _ = redis.time()
    silent_ms = (seconds - 300) * 1000
    silent = encode(an_event(silent_ms, "silent", cpu=1))
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: silent}, id=f"{silent_ms}-0")
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(an_event(seconds * 1000, "alive", cpu=1))})
    with RunningWorker(server.url, "w1", replace(SETTINGS, partitions=1), WrongClock(ahead_ms)) as worker:
        told = until(lambda: outbox(redis, 1))
        until(lambda: worker.heartbeat.counters["events"] == 2)

    assert [("firing", "silent")] == [(t.kind, t.plugin_id) for t in told]
    assert abs(told[0].decided_at_ms - seconds * 1000) < 300_000


def begin(redis: Redis, index: Index, holder: str, now_ms: int) -> Partition:
    """Take partition 0 over and use the rules, as the worker does before it reads on."""
    partition = take_over(redis, index, holder)
    if partition.engine.replace_rules(index, now_ms, partition.changes):
        partition.complete_windows(0)
    return partition


def transitions_of(redis: Redis, index: Index, story: list[tuple[int, str]], now_ms: int) -> list[Transition]:
    """
    Read partition 0 from its beginning, owners changing as the story says; return what they committed.

    Args:
        now_ms: The clock of every owner. Takeovers use the server's: with a clock far from it, owners would disagree
            about which ids of entries are of the future.
    """
    redis.delete(keys.outbox(0), keys.snapshots(0), keys.checkpoint(0), keys.clock(0))
    with suppress(ResponseError):
        redis.xgroup_destroy(keys.events(0), keys.GROUP)
    partition = begin(redis, index, "w0", now_ms)
    for i, (count, what) in enumerate([*story, (100, "commit"), (100, "commit")]):
        if not read_and_decide(redis, partition, count, now_ms):
            break
        if what == "die":
            partition = begin(redis, index, f"w{i + 1}", now_ms)
            continue
        commit_now(redis, partition, now_ms)
        if what == "checkpoint":
            # All that is before it is cut away: the windows are in the checkpoint, or nowhere.
            partition.checkpoint(T)
            redis.xtrim(keys.events(0), minid=partition.position, approximate=False)
            partition = begin(redis, index, f"w{i + 1}", now_ms)
    return outbox(redis, 1)


@hypothesis_settings(max_examples=40)
@given(
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=5),
    moments,
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from(["commit", "die", "checkpoint"])), max_size=20),
)
def test_windows_and_all_else_are_exact_after_takeovers_from_checkpoint_and_tail(
    redis: Redis, conditions: list[dict], drawn: list, story: list[tuple[int, str]]
) -> None:
    redis.flushall()
    index = Index([a_rule(id=f"r{i}", condition=c, cooldown_minutes=1) for i, c in enumerate(conditions)])
    for arrived_ms, event in log_of(drawn):
        if event is not None:
            redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(event)}, id=f"{arrived_ms}-*")
    now_ms = redis.time()[0] * 1000

    assert transitions_of(redis, index, [], now_ms) == transitions_of(redis, index, story, now_ms)
