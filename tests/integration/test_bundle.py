"""Commands gathered and sent as one do what the same commands do one by one."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, ResponseError

from shared.redis import connection, transaction
from shared.redis.bundle import MOST_WORDS, Bundle
from shared.redis.transaction import Session
from tests.support.real_server import RealServer
from tests.support.waiting import until
from tests.support.writes import carry_out

members, numbers = (st.sampled_from(some) for some in (["x", "y", "z"], [1, 2, 3]))
LONG_MS = 1_000_000


def a_call() -> st.SearchStrategy[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Any call, each kind of value under keys of its own."""

    def call(name: str, kind: str, *rest: Any, **options: Any) -> st.SearchStrategy:
        key = st.sampled_from(["string-a", "string-b"] if kind == "string" else [f"{kind}-a"])
        return st.tuples(st.just(name), st.tuples(key, *rest), st.fixed_dictionaries(options))

    kinds = ("string", "list", "set", "zset", "hash", "count")
    lifetimes = [call("pexpire", kind, st.just(LONG_MS)) for kind in kinds] + [call("persist", kind) for kind in kinds]
    return st.one_of(
        call("set", "string", members, px=st.sampled_from([None, LONG_MS]), nx=st.booleans()),
        call("rpush", "list", members),
        call("lpush", "list", members),
        call("ltrim", "list", numbers.map(lambda n: n - 2), numbers),
        call("sadd", "set", members),
        call("srem", "set", members),
        call("zadd", "zset", st.dictionaries(members, numbers, min_size=1), lt=st.booleans()),
        call("zrem", "zset", members),
        call("hset", "hash", members, members),
        call("hdel", "hash", members),
        call("hincrby", "count", members, numbers),
        *lifetimes,
    )


def content(redis: Redis) -> dict[str, tuple[bytes, bool]]:
    """Every key with its value, as the server would dump it, and whether it expires."""
    return {key.decode(): (_value(redis, key), redis.pttl(key) > 0) for key in sorted(redis.keys("*-*"))}


def _value(redis: Redis, key: bytes) -> Any:
    match redis.type(key):
        case b"string":
            return redis.get(key)
        case b"list":
            return redis.lrange(key, 0, -1)
        case b"set":
            return redis.smembers(key)
        case b"zset":
            return redis.zrange(key, 0, -1, withscores=True)
    return redis.hgetall(key)


@given(calls=st.lists(a_call(), max_size=25))
@settings(max_examples=300)
def test_gathered_commands_leave_what_the_same_one_by_one_leave(redis: Redis, calls: list[Any]) -> None:
    redis.flushall()
    with redis.pipeline() as pipe:
        for name, words, options in calls:
            getattr(pipe, name)(*words, **options)
        pipe.execute()
    expected = content(redis)
    redis.flushall()
    gathered = Bundle()
    for name, words, options in calls:
        getattr(gathered, name)(*words, **options)
    carry_out(redis, gathered)

    assert expected == content(redis)


def test_more_of_one_key_than_one_command_may_hold_is_split(redis: Redis) -> None:
    gathered = Bundle()
    for n in range(MOST_WORDS * 2):
        gathered.sadd("set-a", str(n))
        gathered.set(f"string-{n}", str(n))
    carry_out(redis, gathered)

    assert MOST_WORDS * 2 == redis.scard("set-a")
    assert b"7999" == redis.get("string-7999")


def test_entries_of_a_stream_keep_their_order_and_its_bound(redis: Redis) -> None:
    gathered = Bundle()
    for n in range(20):
        gathered.xadd("stream-a", {"n": n, "text": "알림"}, maxlen=10, approximate=False)
    carry_out(redis, gathered)

    found = [fields for _, fields in redis.xrange("stream-a")]
    assert [{b"n": str(n).encode(), b"text": "알림".encode()} for n in range(10, 20)] == found


def test_answers_are_those_of_the_commands(redis: Redis) -> None:
    redis.rpush("list-a", "x", "y")

    answers = transaction.ask(redis, [("GET", "string-a"), ("LRANGE", "list-a", 0, -1), ("PTTL", "none")])
    assert [None, [b"x", b"y"], -2] == answers


def test_full_server_takes_nothing_of_it(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    gathered.sadd("set-a", "x")
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(OutOfMemoryError):
            carry_out(redis, gathered)
    finally:
        redis.config_set("maxmemory", 0)

    assert {} == content(redis)


def test_refused_command_is_an_error(redis: Redis) -> None:
    redis.set("string-a", "x")

    gathered = Bundle()
    gathered.sadd("string-a", "x")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        transaction.ask(redis, [("SADD", "string-a", "x"), ("GET", "string-a")])
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        carry_out(redis, gathered)
    assert [b"x"] == transaction.ask(redis, [("GET", "string-a")])


def test_nothing_is_done_once_a_watched_key_has_changed(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    with Session(redis) as session:
        session.watch("claim", "other-a")
        seen = session.ask([("GET", "claim")])
        redis.set("other-a", "")
        done = [session.send(gathered)]
        # What was watched is forgotten with that; another look begins anew.
        session.watch("claim")
        session.ask([("GET", "claim")])
        done.append(session.send(gathered))
        redis.set("claim", "theirs")
        done.append(session.send(gathered))

    assert ([None], [False, True, True]) == (seen, done)


def test_watched_key_that_expires_holds_back_all(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    redis.set("claim", "ours", px=50)
    with Session(redis) as session:
        session.watch("claim")
        seen = session.ask([("GET", "claim")])
        until(lambda: not redis.exists("claim"))

        assert ([b"ours"], False) == (seen, session.send(gathered))
    assert {} == content(redis)


def test_what_was_watched_does_not_follow_the_connection(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    with Session(redis) as session:
        session.watch("claim")
        session.ask([("GET", "claim")])
    redis.set("claim", "theirs")
    with Session(redis) as other:
        assert other.send(gathered)


def test_connection_lost_after_the_look_holds_back_all(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    with Session(redis) as session:
        session.watch("claim")
        (mine,) = session.ask([("CLIENT", "ID")])
        redis.execute_command("CLIENT", "KILL", "ID", mine)
        with pytest.raises(ConnectionError):
            session.ask([("GET", "claim")])
        # It is another connection now, which watches nothing; only a look that watches anew counts.
        session.ask([("GET", "claim")])
        with pytest.raises(ConnectionError, match="after the look"):
            session.send(gathered)
        session.watch("claim")
        session.ask([("GET", "claim")])

        assert {} == content(redis)
        assert session.send(gathered)


def test_large_counts_are_exact(redis: Redis) -> None:
    gathered = Bundle()
    redis.hset("count-a", "x", 2**52)
    for n in range(3_000):
        gathered.hincrby("count-a", f"f{n}", n)
        gathered.hincrby("count-a", "x", 1)
    carry_out(redis, gathered)

    assert (str(2**52 + 3_000).encode(), b"2999") == (redis.hget("count-a", "x"), redis.hget("count-a", "f2999"))


def test_what_a_library_queued_on_a_pipeline_joins(redis: Redis) -> None:
    pipe = redis.pipeline()
    pipe.hset("hash-a", mapping={"text": "알림", "bytes": b"\x00\xff", "number": 7})
    pipe.rpush("list-a", "x")
    gathered = Bundle()
    gathered.adopt(pipe)
    gathered.rpush("list-a", "y")
    carry_out(redis, gathered)

    assert {b"text": "알림".encode(), b"bytes": b"\x00\xff", b"number": b"7"} == redis.hgetall("hash-a")
    assert [b"x", b"y"] == redis.lrange("list-a", 0, -1)
    assert not pipe.command_stack


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """A server that fills up and becomes a replica."""
    own = RealServer(tmp_path_factory.mktemp("changing"))
    own.start()
    yield own
    own.stop(kill=True)


@pytest.mark.parametrize("refusal", [OutOfMemoryError, ReadOnlyError], ids=["full", "read-only"])
@given(writes=st.integers(1, 5), late=st.integers(0, 5))
@settings(max_examples=10)
def test_a_server_that_takes_no_more_in_the_middle_of_a_transaction_says_why(
    changing: RealServer, refusal: type[ResponseError], writes: int, late: int
) -> None:
    """Whether some of its commands come after the change, or EXEC alone."""
    full = Bundle()
    for n in range(writes):
        full.hset(f"h-{n}", "field", n)
    client = connection.connect(changing.url)
    with Redis(port=changing.port) as other, Session(client) as session:
        write = session._write

        def write_while_it_changes(pieces: Sequence[bytes]) -> None:
            early = len(pieces) - 1 - min(late, writes)
            write(pieces[:early])
            until(lambda: str(early - 1) in {one["multi"] for one in other.client_list()})
            if refusal is ReadOnlyError:
                other.replicaof("127.0.0.1", 1)
            else:
                other.config_set("maxmemory", "1kb")
            write(pieces[early:])

        session._write = write_while_it_changes
        try:
            with pytest.raises(refusal):
                session.send(full)
        finally:
            # The next example, and whoever looks for the smallest one that fails, needs a server that takes something.
            other.replicaof("NO", "ONE")
            other.config_set("maxmemory", "0")
        written = other.dbsize()

    assert 0 == written
