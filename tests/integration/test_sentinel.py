"""Behind Sentinel every kind of connection finds the new master after a failover, ten times in a row."""

import selectors
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from producers.publisher import Publisher
from shared.clock import SystemClock
from shared.model.partitions import partition_of
from shared.process import Heartbeat, reports
from shared.redis import connection, keys, scripts, sentinel
from shared.redis.bundle import Bundle
from shared.redis.leases import Leases
from shared.redis.tail import Tail
from shared.redis.transaction import Session
from tests.support.sentinels import SERVICE, Watched, watched
from tests.support.waiting import PATIENCE_S, until

FAILOVERS = 10


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as found:
        yield found


def kinds(url: str) -> dict[str, Callable[[int], object]]:
    """Return each kind of connection that the product keeps, as what writes a number through it, and may fail."""
    pooled, session, ahead = connection.connect(url), connection.connect(url), connection.connect(url)
    leases = Leases(connection.connect(url), 60_000)
    held = Session(session).__enter__()
    caller = scripts.Caller(ahead, "count")

    def by_session(n: int) -> None:
        writes = Bundle()
        writes.hset("session", "n", n)
        held.watch("session")
        held.ask([("HGET", "session", "n")])
        assert held.send(writes)

    def by_caller(n: int) -> None:
        try:
            if not caller.is_connected:
                caller.connect()
            caller.begin([(("ahead",), ("n", 1))])
            for answer in caller.finish():
                if isinstance(answer, Exception):
                    raise answer
        except RedisError:
            caller.disconnect()
            raise

    def by_scripts(n: int) -> None:
        value = leases.acquire("lease", "fence", f"h{n}") or ""
        [answer] = leases.renew_all([("lease", value, "alive", "leased", "0-0")])
        if isinstance(answer, Exception):
            raise answer

    return {
        "a pool's": lambda n: pooled.set("pooled", n),
        "a transaction's": by_session,
        "a script's, ahead": by_caller,
        "scripts, many at once": by_scripts,
    }


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fail_over", "hand_over"])
def test_every_kind_of_connection_finds_the_new_master_ten_times_in_a_row(system: Watched, how: str) -> None:
    writers = kinds(system.url)
    stream = Tail(connection.connect(system.url), "stream", "0-0")
    direct = connection.connect(system.url)
    read: list[int] = []
    publisher = Publisher(system.url)

    def writes(write: Callable[[int], object], n: int) -> bool:
        with suppress(RedisError):
            write(n)
            return True
        return False

    def follows(n: int) -> bool:
        with selectors.DefaultSelector() as selector:
            try:
                if not stream._connection.is_connected:
                    stream.connect()
                selector.register(stream._connection.open_socket(), selectors.EVENT_READ)
                if selector.select(timeout=5):
                    read.extend(int(fields[1]) for _, fields in stream.receive())
            except RedisError:
                stream.disconnect()
        return bool(read) and read[-1] == n

    for n in range(FAILOVERS + 1):
        master = getattr(system, how)() if n else system.settled()
        for name, write in writers.items():
            until(lambda w=write, n=n: writes(w, n), f"{name} connection writes after {n} failovers", every_s=0.1)
        until(lambda n=n: writes(lambda n: direct.xadd("stream", {"n": n}), n), "an entry", every_s=0.1)
        until(lambda n=n: follows(n), f"the tail follows after {n} failovers")
        publisher.publish(f"p{n}", metrics={"x": 1.0})
        assert publisher.flush(PATIENCE_S), f"published after {n} failovers"
        with Redis(port=master.port) as there:
            assert str(n).encode() == there.get("pooled") == there.hget("session", "n")
            assert there.xlen(keys.events(partition_of(f"p{n}", 8)))
    publisher.close()
    stream.disconnect()

    assert list(range(FAILOVERS + 1)) == read


def test_connections_that_only_read_leave_a_master_that_is_one_no_more(system: Watched) -> None:
    client = connection.connect(system.url)
    other = connection.connect(system.url)
    other.set("n", 1)
    before = system.settled()
    after = system.fail_over()
    # The old master is cut off, as by a broken network: nobody closes anything, and it knows of nothing new.
    with Redis(port=before.port) as old:
        old.replicaof("NO", "ONE")
    with Redis(port=after.port) as new:
        new.set("n", 2)

    def value() -> bytes | None:
        with suppress(RedisError):
            sentinel.look(client)
            return other.get("n")
        return None

    until(lambda: value() == b"2", "the new master's value", every_s=0.1)


def test_what_a_connection_watched_is_not_silently_forgotten(system: Watched) -> None:
    client = connection.connect(system.url)
    client.set("n", 1)
    with Session(client) as session:
        session.watch("n")
        session.ask([("GET", "n")])
        system.fail_over()
        with suppress(RedisError):
            sentinel.look(client)
        writes = Bundle()
        writes.hset("h", "n", 1)
        with pytest.raises(RedisError):
            session.send(writes)


def test_a_process_goes_on_reporting_while_no_sentinel_answers(system: Watched) -> None:
    client = connection.connect(system.url)
    heartbeat = Heartbeat(client, "router")
    heartbeat.beat()
    for port in system.ports:
        system._calm(lambda p=port: system._ask(p, "SHUTDOWN", "NOSAVE"))
    heartbeat.counters["after"] = 1
    heartbeat.beat()

    with pytest.raises(RedisError):
        sentinel.look(client)
    with Redis(port=system.servers[0].port) as there:
        assert [{"after": 1}] == [dict(one.counters) for one in reports(there, SystemClock().now_ms())]


def test_a_publisher_leaves_an_old_master_that_still_takes_what_it_is_told(system: Watched) -> None:
    before = system.settled()
    publisher = Publisher(system.url)
    publisher.publish("p", metrics={"x": 0.0})
    assert publisher.flush(PATIENCE_S)
    stream = keys.events(partition_of("p", 8))
    until(lambda: system._calm(lambda: system._ask(system.ports[0], "SENTINEL", "FAILOVER", SERVICE)), every_s=0.2)
    after = until(lambda: (now := system._calm(system.named)) is not before and now, "another master")
    with Redis(port=after.port) as new, Redis(port=before.port) as old:
        known = new.xlen(stream)

        def arrives() -> bool:
            publisher.publish("p", metrics={"x": 1.0})
            return publisher.flush(PATIENCE_S) and new.xlen(stream) > known

        until(arrives, "an event at the new master", 20, every_s=0.1)
        still = old.info("replication")["role"]
    publisher.close()

    # The sentinels have not got to it yet: nobody but the publisher itself found out.
    assert "master" == still


class Interrupted(BaseException):
    """What a signal raises, like the time limit of a job."""


def test_connection_that_is_interrupted_amid_an_answer_gives_it_to_no_other_command(system: Watched) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with connection.connect(system.url) as redis, redis.client() as one:
            one.ping()
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Interrupted):
                one.blpop("nothing", timeout=1)

            assert b"mine" == one.echo("mine")
    finally:
        signal.signal(signal.SIGALRM, before)
