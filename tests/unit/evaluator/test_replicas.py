"""Two servers send the same series: the samples of one count, and when it falls silent, those of the other."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from evaluator import checkpoint
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.replicas import INTERVALS, SILENT_MS
from shared.model.events import Event
from tests.support.factories import a_rule

T = 1_700_000_000_000
MINUTE = {"kind": "window", "metric": "n", "statistic": "count", "seconds": 600, "operator": ">", "threshold": 1e9}
INDEX = Index([a_rule(condition=MINUTE)])
Log = list[tuple[int, Event]]


def a_sample(replica: str, at_ms: int, value: float = 1.0) -> Event:
    return Event("p", at_ms=at_ms, metrics={"n": value}, replica=replica)


def sends(replica: str, first_ms: int, every_ms: int, until_ms: int) -> Log:
    return [(at_ms, a_sample(replica, at_ms)) for at_ms in range(T + first_ms, T + until_ms, every_ms)]


def played(log: Log, takeovers: frozenset[int] = frozenset()) -> Engine:
    engine = Engine(INDEX)
    for i, (heard_ms, event) in enumerate(sorted(log, key=lambda one: one[0])):
        if i in takeovers:
            windows = INDEX.plan_for("p", {}).windows
            body = msgspec.msgpack.encode([checkpoint.save(memory, windows) for memory in engine.plugins.memories()])
            saved = msgspec.msgpack.decode(body, type=list[SavedPlugin])
            engine = Engine(INDEX, [checkpoint.restore(one) for one in saved])
        engine.apply(event, f"{i}-0", heard_ms, Changes(), heard_ms)
    return engine


def times_of(engine: Engine) -> list[int]:
    samples = engine.plugins.memory_of("p").series["n"].samples
    assert samples is not None
    return list(samples.times_within(T + 10**9, 2 * 10**9))


@given(
    st.sampled_from([5_000, 15_000, 60_000]),
    st.integers(0, 1),
    st.integers(1, 4_999),
    st.integers(0, 400_000),
    st.frozensets(st.integers(0, 80)),
)
def test_pair_counts_once_and_its_survivor_goes_on(
    every_ms: int, dies: int, offset_ms: int, dies_at_ms: int, takeovers: frozenset[int]
) -> None:
    """The first that was heard is chosen; one of the two dies, or none before the end; owners change in between."""
    ends = [600_000, 600_000]
    ends[dies] = dies_at_ms
    first, second = sends("a", 0, every_ms, ends[0]), sends("b", offset_ms, every_ms, ends[1])
    times = times_of(played(first + second, takeovers))
    of_first, of_second = ({event.at_ms for _, event in log} for log in (first, second))

    if dies == 1 or not first:
        assert sorted(of_first or of_second) == times
        return
    patience_ms = max(SILENT_MS, INTERVALS * every_ms)
    last_ms = max(of_first)
    took_over = [at_ms for at_ms in times if at_ms in of_second]
    assert sorted(of_first) == [at_ms for at_ms in times if at_ms not in of_second]
    assert all(at_ms > last_ms for at_ms in took_over)
    if ends[1] + T > last_ms + patience_ms + every_ms:
        assert took_over and took_over[0] <= last_ms + patience_ms + every_ms
    assert sorted(of_second)[-len(took_over) :] == took_over or not took_over


def test_replica_that_loses_a_series_hands_over_to_the_one_that_still_sends_it() -> None:
    log = sends("a", 0, 5_000, 20_000) + sends("b", 1_000, 5_000, 40_000)
    log.append((T + 20_000, Event("p", at_ms=T + 20_000, gone=["n"], replica="a")))
    engine = played(log)

    assert not engine.plugins.memory_of("p").series["n"].is_gone
    assert [T + 15_000, T + 21_000, T + 26_000] == times_of(engine)[3:6]


def test_series_ends_when_its_only_replica_says_so() -> None:
    log = [*sends("a", 0, 5_000, 20_000), (T + 20_000, Event("p", at_ms=T + 20_000, gone=["n"], replica="a"))]

    assert played(log).plugins.memory_of("p").series["n"].is_gone


def test_plugin_that_one_replica_still_sends_is_not_absent() -> None:
    engine = Engine(Index([a_rule(condition={"kind": "absence", "seconds": 10, "metric": "n"})]))
    changes = Changes()
    for heard_ms, event in [*sends("a", 0, 5_000, 1), *sends("b", 1_000, 5_000, 30_000)]:
        engine.pass_time(heard_ms, changes)
        engine.apply(event, f"{heard_ms}-0", heard_ms, changes, heard_ms)

    assert [] == changes.transitions
    assert 6 == changes.replicated


def test_sender_without_a_replica_is_taken_as_before() -> None:
    log = [(T + i, Event("p", at_ms=T + i, metrics={"n": 1.0})) for i in range(5)]

    assert 5 == len(times_of(played(log)))


def test_windows_that_are_read_again_hold_one_replica_too() -> None:
    log = sorted(sends("a", 0, 5_000, 60_000) + sends("b", 1_000, 5_000, 60_000), key=lambda one: one[0])
    engine = played(log)
    before = times_of(engine)
    engine.plugins.forget_windows()
    for heard_ms, event in log:
        engine.plugins.recall(event, heard_ms)

    assert before == times_of(engine)
