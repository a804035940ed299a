"""Each process under its own user of Redis: it does its work, and what is not its work is refused."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import NoPermissionError

from api.auth import access_tokens
from api.cli import main
from producers.publisher import Publisher
from shared.model.partitions import partition_of
from shared.redis import acl, connection, keys, streams
from shared.store import channel_store, rule_store
from tests.support.factories import a_rule
from tests.support.guarded import guarded_server, url
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.proxy import now_and_then, proxy_before
from tests.support.real_server import RealServer
from tests.support.servers import http_server
from tests.support.waiting import PATIENCE_S, until


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with guarded_server(tmp_path_factory.mktemp("guarded")) as server:
        yield server


REFUSED = {
    "publisher": [
        ("XRANGE", "ea:{0}:events", "-", "+"),
        ("XADD", "ea:{0}:outbox", "*", "t", "[]"),
        ("XTRIM", "ea:{0}:events", "MAXLEN", "0"),
        ("DEL", "ea:{0}:events"),
        ("SET", "ea:{0}:events", "x"),
        ("SET", "ea:partitions", "1"),
        ("GET", "ea:auth:keys"),
        ("HGETALL", "ea:channels"),
        ("HGETALL", "ea:users"),
        ("HSET", "ea:processes", "x", "y"),
        ("RPUSH", "rq:queue:channel-web", "job"),
        ("SADD", "rq:queues", "x"),
        ("KEYS", "*"),
        ("SCAN", "0"),
        ("INFO",),
        ("EVAL", "return redis.call('HGETALL', 'ea:users')", "0"),
        ("EVAL", "return redis.call('XRANGE', KEYS[1], '-', '+')", "1", "ea:{0}:events"),
        ("EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "ea:{0}:events"),
        ("XADD", "ea:{0}:published:abc", "*", "e", "x"),
        ("SET", "ea:{0}:published:abc", "x"),
        ("APPEND", "ea:{0}:published:abc", "x"),
        ("SETRANGE", "ea:{0}:published:abc", "1000000", "x"),
        ("INCRBY", "ea:{0}:published:abcd", "1"),
        ("INCRBY", "ea:{0}:published:ab", "1"),
        ("INCRBY", "ea:{0}:published:xyz", "1"),
        ("INCRBY", "ea:{8}:published:abc", "1"),
        ("INCRBY", "ea:{0}:events", "1"),
        ("DEL", "ea:{0}:position"),
        ("XADD", "ea:{8}:events", "*", "e", "x"),
        ("XADD", "ea:{00}:events", "*", "e", "x"),
        ("XADD", "ea:{x}:events", "*", "e", "x"),
        ("WATCH", "ea:{0}:events"),
    ],
    "evaluator": [
        ("HGETALL", "ea:channels"),
        ("HSET", "ea:rules", "x", "y"),
        ("HGETALL", "ea:users"),
        ("RPUSH", "rq:queue:channel-web", "job"),
        ("XADD", "ea:commands", "*", "c", "x"),
    ],
    "recorder": [
        ("HGETALL", "ea:channels"),
        ("HGETALL", "ea:users"),
        ("GET", "ea:auth:session:x"),
        ("RPUSH", "rq:queue:channel-web", "job"),
        ("XADD", "ea:commands", "*", "c", "x"),
    ],
    "worker": [("HGETALL", "ea:users"), ("HGETALL", "ea:auth:keys"), ("GET", "ea:auth:session:x")],
    "router": [("HSET", "ea:users", "x", "y"), ("HSET", "ea:auth:api-keys", "x", "y")],
    "relay": [("HGETALL", "ea:channels"), ("HSET", "ea:users", "x", "y"), ("XADD", "ea:feed", "*", "a", "b")],
    "api": [("SET", "somebody:else", "x")],
}
EVERYBODY = [
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "dir", "/tmp"),
    ("FLUSHALL",),
    ("ACL", "LIST"),
    ("SHUTDOWN", "NOSAVE"),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("MODULE", "LIST"),
    ("MONITOR",),
    ("CLIENT", "KILL", "TYPE", "normal"),
]


@pytest.mark.parametrize("role", list(acl.RULES))
def test_what_is_not_a_processs_work_is_refused(guarded: RealServer, role: str) -> None:
    allowed = []
    with connection.connect(url(guarded, role)) as client:
        for command in (*REFUSED.get(role, REFUSED["publisher"] if role == "producer" else ()), *EVERYBODY):
            if role == "producer" and command[:2] == ("HSET", "ea:processes"):
                continue
            try:
                client.execute_command(*command)
                allowed.append(command)
            except NoPermissionError:
                continue
            except Exception as error:
                # A script says so in its own words.
                if "permission" not in str(error).lower() and "can't access" not in str(error).lower():
                    allowed.append((command, error))

    assert [] == allowed


@pytest.mark.parametrize("role", ["publisher", "producer"])
def test_a_publisher_runs_no_script_whoever_loaded_it(guarded: RealServer, role: str) -> None:
    endless = "while true do end"
    library = "#!lua name=mine\nredis.register_function('mine', function() return 1 end)"
    trusted = connection.connect(guarded.url)
    loaded = trusted.script_load("return 1")
    trusted.function_load(library, replace=True)
    commands = [
        ("EVAL", endless, "0"),
        ("EVAL_RO", endless, "0"),
        ("EVALSHA", loaded, "0"),
        ("EVALSHA_RO", loaded, "0"),
        ("SCRIPT", "LOAD", endless),
        ("SCRIPT", "EXISTS", loaded),
        ("SCRIPT", "FLUSH"),
        ("SCRIPT", "KILL"),
        ("FCALL", "mine", "0"),
        ("FCALL_RO", "mine", "0"),
        ("FUNCTION", "LOAD", "REPLACE", library),
        ("FUNCTION", "LIST"),
        ("FUNCTION", "DELETE", "mine"),
    ]
    with connection.connect(url(guarded, role)) as client:
        for command in commands:
            with pytest.raises(NoPermissionError):
                client.execute_command(*command)
        transaction = client.pipeline()
        transaction.eval("return 1", 0)
        with pytest.raises(NoPermissionError):
            transaction.execute()

    assert 1 == trusted.evalsha(loaded, 0) == trusted.fcall("mine", 0)


def test_a_publisher_of_its_own_user_writes_each_event_once_though_answers_are_lost(guarded: RealServer) -> None:
    plugin = "lost-answers"
    with proxy_before(guarded.port) as proxy:
        client = Publisher(url(guarded, "publisher").replace(str(guarded.port), str(proxy.port)))
        proxy.cuts_off = now_and_then(seed=17, probability=0.3)
        for n in range(40):
            client.publish(plugin, metrics={"n": n})
            assert client.flush(PATIENCE_S)
        proxy.cuts_off = lambda: False
        client.close()
    entries = connection.connect(guarded.url).xrange(keys.events(partition_of(plugin, 8)))
    mine: list[float] = []
    for entry_id, fields in entries:
        events, bad = streams.decode(fields[keys.EVENT_FIELD], int(entry_id.split(b"-")[0]))
        assert [] == bad
        mine += [e.metrics["n"] for e in events if e.plugin_id == plugin]

    assert proxy.cuts > 10
    assert [float(n) for n in range(40)] == mine


@given(st.sampled_from(["get", "hgetall", "lrange", "xrange", "del", "rpush", "set"]), st.text(min_size=1, max_size=30))
def test_a_publisher_reaches_no_key_but_its_own(guarded: RealServer, command: str, name: str) -> None:
    words = {"lrange": ("0", "-1"), "xrange": ("-", "+"), "rpush": ("x",), "set": ("x",)}.get(command, ())
    with connection.connect(url(guarded, "publisher")) as client, pytest.raises(NoPermissionError):
        client.execute_command(command, f"ea:{name}", *words)


@given(st.integers(1, 1_024))
def test_the_patterns_of_partitions_match_their_numbers_and_no_other(partitions: int) -> None:
    patterns = acl.numbers_below(partitions)
    texts = [*map(str, range(1_100)), "00", "01", "007", "-1", "", "0x"]
    matched = [text for text in texts if any(fnmatchcase(text, pattern) for pattern in patterns)]

    assert list(map(str, range(partitions))) == matched


@pytest.mark.slow
def test_every_process_does_its_work_under_its_own_user(guarded: RealServer, tmp_path: Path) -> None:
    redis = connection.connect(guarded.url)
    rule_store.save(redis, a_rule(channels=["webhook", "web"]))
    api_port, relay_port = free_port(), free_port()
    ports = {"API_PORT": str(api_port), "INGEST_PORT": str(free_port()), "RELAY_PORT": str(relay_port)}
    with http_server() as hook, a_system("", tmp_path, **ports) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        for arguments, role in (
            (("producers",), "producer"),
            (("evaluator",), "evaluator"),
            (("dispatchers", "router"), "router"),
            (("dispatchers", "worker"), "worker"),
            (("api",), "api"),
            (("ingest",), "ingest"),
            (("api.relay",), "relay"),
            (("archive",), "recorder"),
        ):
            system.start(*arguments, REDIS_URL=url(guarded, role))
        wait_ready(redis, "producer", "evaluator", "router", "worker-webhook", "api", "ingest", "relay", "recorder")
        publisher = Publisher(url(guarded, "publisher"))
        for value in (99.0, 1.0):
            publisher.publish("p", metrics={"cpu": value})
            assert publisher.flush(PATIENCE_S)
            until(lambda v=value: len(hook.told()) == (1 if v > 50 else 2))
        publisher.close()
        token = access_tokens.issue(redis, "kim", "admin")
        base = f"http://127.0.0.1:{api_port}"
        asked = {"Authorization": f"Bearer {token}"}
        paths = ("status", "alerts/active", "plugins", "rules")
        answers = [requests.get(f"{base}/readyz", timeout=20).status_code]
        answers += [
            requests.get(f"{base}/api/enhanced-alerts/{path}", headers=asked, timeout=20).status_code for path in paths
        ]
        logs = system.logs()

    assert [("firing", "p"), ("resolved", "p")] == hook.told()
    assert {200} == set(answers)
    assert "NOPERM" not in logs and "NoPermission" not in logs and "no permissions" not in logs.lower()
    assert 1 <= redis.xlen(keys.events(partition_of("p", 8)))


def test_the_command_makes_lines_that_a_server_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "users.acl"
    monkeypatch.setenv("PARTITIONS", "12")
    done = CliRunner().invoke(main, ["redis-acl", "--file", str(file)])
    lines = file.read_text()
    server = RealServer(tmp_path, "--aclfile", str(file))
    server.start()
    try:
        address = next(line.split("REDIS_URL=")[1] for line in done.output.splitlines() if line.startswith("publisher"))
        mine = Redis.from_url(address.replace("HOST:6379", f"127.0.0.1:{server.port}"))
        entries = [mine.xadd(keys.events(partition), {"e": "x"}) for partition in range(12)]
        with pytest.raises(NoPermissionError):
            mine.xadd(keys.events(12), {"e": "x"})
    finally:
        server.stop(kill=True)

    assert (0, 0o600) == (done.exit_code, file.stat().st_mode & 0o777)
    assert all(entries) and ":" in address and address.split(":")[2].split("@")[0] not in lines
