"""Commands gathered and sent as one do what the same commands do one by one."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from shared import bundle
from shared.bundle import MOST_WORDS, Bundle

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
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    gathered.send(redis)

    assert expected == content(redis)


def test_more_of_one_key_than_one_command_may_hold_is_split(redis: Redis) -> None:
    gathered = Bundle()
    for n in range(MOST_WORDS * 2):
        gathered.sadd("set-a", str(n))
        gathered.set(f"string-{n}", str(n))
    gathered.send(redis)

    assert MOST_WORDS * 2 == redis.scard("set-a")
    assert b"7999" == redis.get("string-7999")


def test_entries_of_a_stream_keep_their_order_and_its_bound(redis: Redis) -> None:
    gathered = Bundle()
    for n in range(20):
        gathered.xadd("stream-a", {"n": n, "text": "알림"}, maxlen=10, approximate=False)
    gathered.send(redis)

    found = [fields for _, fields in redis.xrange("stream-a")]
    assert [{b"n": str(n).encode(), b"text": "알림".encode()} for n in range(10, 20)] == found


def test_answers_are_those_of_the_commands(redis: Redis) -> None:
    redis.rpush("list-a", "x", "y")

    answers = bundle.ask(redis, [["GET", "string-a"], ["LRANGE", "list-a", 0, -1], ["PTTL", "none"]])
    assert [None, [b"x", b"y"], -2] == answers


def test_full_server_takes_nothing_of_it(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    gathered.sadd("set-a", "x")
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(OutOfMemoryError), redis.pipeline() as pipe:
            gathered.send(pipe)
            pipe.execute()
    finally:
        redis.config_set("maxmemory", 0)

    assert {} == content(redis)


def test_refused_command_is_an_error(redis: Redis) -> None:
    redis.set("string-a", "x")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        bundle.ask(redis, [["SADD", "string-a", "x"]])


def test_nothing_is_done_once_the_key_holds_something_else(redis: Redis) -> None:
    redis.set("claim", "ours")
    gathered = Bundle()
    gathered.set("string-a", "x")
    done = [gathered.send(redis, only_if={"claim": held}) for held in (b"theirs", b"ours")]
    redis.delete("string-a", "claim")

    assert [False, True, False] == [*done, gathered.send(redis, only_if={"claim": b"ours"})]
    assert {} == content(redis)


def test_a_key_that_must_not_be_there_holds_back_all(redis: Redis) -> None:
    gathered = Bundle()
    gathered.set("string-a", "x")
    redis.set("claim", "ours")
    done = [gathered.send(redis, only_if={"claim": b"ours", "other-a": None})]
    redis.set("other-a", "")
    done.append(gathered.send(redis, only_if={"claim": b"ours", "other-a": None}))

    assert [True, False] == done


def test_what_a_library_queued_on_a_pipeline_joins(redis: Redis) -> None:
    pipe = redis.pipeline()
    pipe.hset("hash-a", mapping={"text": "알림", "bytes": b"\x00\xff", "number": 7})
    pipe.rpush("list-a", "x")
    gathered = Bundle()
    gathered.adopt(pipe)
    gathered.rpush("list-a", "y")
    gathered.send(redis)

    assert {b"text": "알림".encode(), b"bytes": b"\x00\xff", b"number": b"7"} == redis.hgetall("hash-a")
    assert [b"x", b"y"] == redis.lrange("list-a", 0, -1)
    assert not pipe.command_stack
