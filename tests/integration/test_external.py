"""External alerts from the door to the outbox, and through deaths of their owners."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from redis import Redis

from api.auth import api_keys
from evaluator import takeover
from evaluator.index import Index
from evaluator.partition import Partition
from shared.model import external
from shared.model.alerts import Transition
from shared.model.encoding import encode
from shared.model.events import Command
from shared.model.external import Statement
from shared.redis import connection, event_writer, keys
from shared.redis.leases import Leases
from tests.support.commits import commit_now
from tests.support.factories import outbox
from tests.support.ingest_doors import Doors
from tests.support.ingest_doors import doors as doors
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, receiving
from tests.support.sent_alerts import JSON, PATH, an_alert, post
from tests.support.waiting import PATIENCE_S, until


def statements(redis: Redis) -> list[Statement]:
    entries = [
        f[keys.EXTERNAL_FIELD] for p in range(8) for _, f in redis.xrange(keys.events(p)) if keys.EXTERNAL_FIELD in f
    ]
    return [seen for entry in entries for seen in msgspec.json.decode(entry, type=list[Statement])]


# -- the door ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PATH, f"/alertmanager{PATH}", f"/a/b.c/d{PATH}"])
def test_alerts_are_taken_under_any_prefix_and_answered_with_nothing(doors: Doors, redis: Redis, path: str) -> None:
    answer = post(doors.url, doors.key, an_alert(), an_alert(instance="웹-2"), path=path)

    assert (200, b"") == (answer.status_code, answer.content)
    assert {"node/web-1", "node/웹-2"} == {seen.plugin_id for seen in statements(redis)}


def test_good_alerts_of_a_bad_batch_are_taken_and_the_answer_says_what_was_not(doors: Doors, redis: Redis) -> None:
    answer = post(doors.url, doors.key, an_alert(), {"labels": {}}, an_alert(instance="web-2"))

    assert 400 == answer.status_code
    assert "Not taken: alert 2: at least one label pair required" == answer.json()
    assert 2 == len(statements(redis))


def test_a_batch_of_prometheus_lies_in_as_few_entries_as_partitions(doors: Doors, redis: Redis) -> None:
    post(doors.url, doors.key, *(an_alert(instance=f"web-{n}") for n in range(256))).raise_for_status()

    assert 256 == len(statements(redis))
    assert 8 >= sum(redis.xlen(keys.events(p)) for p in range(8))


def test_packed_bodies_and_the_password_of_basic_are_taken(doors: Doors, redis: Redis) -> None:
    body = gzip.compress(json.dumps([an_alert()]).encode())
    answer = requests.post(
        doors.url + PATH,
        data=body,
        auth=("anyone", doors.key),
        headers={**JSON, "Content-Encoding": "gzip"},
        timeout=PATIENCE_S,
    )

    assert 200 == answer.status_code
    assert 1 == len(statements(redis))


def test_what_is_refused_is_worded_as_by_alertmanager(doors: Doors, redis: Redis) -> None:
    _, viewer = api_keys.create(redis, "reader", "viewer", 1)
    _, of_disks = api_keys.create(redis, "disks", "publisher", 1, plugins=["disk/*"])
    whole = json.dumps([an_alert()]).encode()
    url = doors.url + PATH

    def sent(body: bytes = whole, key: str = doors.key, **headers: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", **JSON, **headers}
        answer = requests.post(url, data=body, headers=headers, timeout=PATIENCE_S)
        return answer.status_code, answer.json()

    assert 401 == requests.post(url, data=whole, headers=JSON, timeout=PATIENCE_S).status_code
    assert 403 == sent(key=viewer)[0]
    code, text = sent(key=of_disks)
    assert 400 == code and "may not publish for the plugin node/web-1" in text
    code, problem = sent(**{"Content-Type": "text/plain"})
    assert (415, 415) == (code, problem["code"])
    assert 415 == sent(**{"Content-Encoding": "br"})[0]
    assert 400 == sent(gzip.compress(whole)[:40], **{"Content-Encoding": "gzip"})[0]
    assert 413 == sent(gzip.compress(b" " * 17_000_000), **{"Content-Encoding": "gzip"})[0]
    assert 422 == sent(b"")[0], "as Alertmanager: the body is required"
    assert 400 == sent(b"{}")[0] == sent(b"\xff")[0]
    assert [] == statements(redis)


def test_other_methods_are_named(doors: Doors) -> None:
    answer = requests.put(doors.url + PATH, timeout=PATIENCE_S)

    assert 405 == answer.status_code


def test_watchdog_becomes_an_event_of_a_plugin(doors: Doors) -> None:
    post(doors.url, doors.key, {"labels": {"alertname": "Watchdog", "severity": "none"}}).raise_for_status()

    assert ["Watchdog"] == [event.plugin_id for event in doors.events()]


def test_more_than_the_quota_is_sent_again_later(doors: Doors) -> None:
    """PUBLISH_MEGABYTES_PER_HOUR is 8, and a burst may have a quarter of it."""
    alert = {**an_alert(), "annotations": {f"a{n}": "x" * 4_000 for n in range(8)}}
    answers = [post(doors.url, doors.key, *[alert] * 20) for _ in range(6)]

    assert [200, 200, 200] == [answer.status_code for answer in answers[:3]]
    assert 503 == answers[-1].status_code
    assert 1 <= int(answers[-1].headers["Retry-After"])


def test_while_redis_is_away_the_sender_is_asked_to_send_again(doors: Doors, server: RealServer, redis: Redis) -> None:
    server.stop()
    answer = post(doors.url, doors.key, an_alert())

    assert 503 == answer.status_code and "Retry-After" in answer.headers
    server.start()
    until(lambda: 200 == post(doors.url, doors.key, an_alert()).status_code)
    assert {"node/web-1"} == {seen.plugin_id for seen in statements(redis)}


# -- the owner of a partition -------------------------------------------------------------------------------


def take_over(redis: Redis, holder: str) -> Partition:
    """Take partition 0 over as a worker does, up to its first read."""
    redis.delete(keys.lease(0))
    leases = Leases(redis, 60_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), holder)
    assert lease
    return takeover.take_over(redis, 0, lease, leases, Index([]), 1)


def decide_all(redis: Redis, partition: Partition, *, commit: bool = True) -> list[Transition]:
    entries = redis.xrange(keys.events(0), min=f"({partition.position}")
    now_ms = connection.server_ms(redis)
    assert [] == partition.decide([(i, [x for pair in f.items() for x in pair]) for i, f in entries], now_ms)
    if entries:
        partition.position = entries[-1][0].decode()
    return commit_now(redis, partition, now_ms).transitions if commit else partition.changes.transitions


def state(redis: Redis, host: str, ends_in_ms: int = 240_000, starts_ago_ms: int = 600_000) -> Statement:
    now_ms = connection.server_ms(redis)
    labels = {"alertname": "Hot", "host": host}
    times = {"starts_at_ms": now_ms - starts_ago_ms, "ends_at_ms": now_ms + ends_in_ms}
    seen = Statement(external.fingerprint(labels), "Hot", host, labels=labels, **times)
    event_writer.write_statements(redis, [seen], partitions=1, max_entries=1_000)
    return seen


@pytest.mark.parametrize("checkpointed", [False, True])
def test_beginning_and_end_are_told_once_through_takeovers(redis: Redis, checkpointed: bool) -> None:
    first = take_over(redis, "a")
    seen = state(redis, "p")
    dies = decide_all(redis, first, commit=False)
    second = take_over(redis, "b")
    [told] = decide_all(redis, second)
    state(redis, "p", 600_000)
    assert [] == decide_all(redis, second)
    if checkpointed:
        second.checkpoint(0, force=True)
    third = take_over(redis, "c")
    renewed = third.engine.external.by_fingerprint[seen.fingerprint]
    assert [] == decide_all(redis, third)
    state(redis, "p", -1)
    [ended] = decide_all(redis, third)
    last = take_over(redis, "d")
    state(redis, "p", -1)
    assert [] == decide_all(redis, last)

    assert [told.alert_id] == [one.alert_id for one in dies]
    assert renewed.until_ms >= renewed.heard_at_ms + 590_000, "the renewal was not committed, and is remembered"
    assert ("firing", "resolved") == (told.kind, ended.kind)
    assert told.alert_id == ended.alert_id
    assert ["firing", "resolved"] == [one.kind for one in outbox(redis, 1)]


def test_command_of_a_person_ends_it(redis: Redis) -> None:
    partition = take_over(redis, "a")
    state(redis, "p")
    [told] = decide_all(redis, partition)
    command = Command(
        kind="resolve",
        rule_id=told.rule_id,
        plugin_id=told.plugin_id,
        alert_id=told.alert_id,
        by="kim",
        at_ms=connection.server_ms(redis),
    )
    redis.xadd(keys.events(0), {keys.COMMAND_FIELD: encode(command)})
    [ended] = decide_all(redis, partition)

    assert ("resolved", "resolved.by_person") == (ended.kind, ended.reason_code)


def test_unreadable_statements_are_a_dead_letter_and_others_go_on(redis: Redis) -> None:
    partition = take_over(redis, "a")
    for body in (b"junk", b"{}", b'[{"fingerprint": "x"}]', b"[" + b"1," * 2_000 + b"1]"):
        redis.xadd(keys.events(0), {keys.EXTERNAL_FIELD: body})
    state(redis, "p")
    told = decide_all(redis, partition)
    letters = [fields[b"reason"].decode() for _, fields in redis.xrange(keys.dead_letters(0))]

    assert ["firing"] == [one.kind for one in told]
    assert 4 == len(letters) and all("not a list of statements" in letter for letter in letters)


# -- the whole way, with processes that die -------------------------------------------------------------------


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path, EXTERNAL_SEVERITIES="page=emergency") as installation:
        yield installation


@pytest.mark.slow
def test_killed_evaluators_and_doors_tell_nothing_twice_and_lose_no_end(site: Receiving) -> None:
    post(site.url, site.key, an_alert(severity="page")).raise_for_status()
    site.wait_for("external:Hot", "firing")
    site.kill_evaluator()
    post(site.url, site.key, an_alert(severity="page")).raise_for_status()
    site.start_evaluator()
    site.kill_ingest()
    site.start_ingest()
    post(site.url, site.key, an_alert(severity="page")).raise_for_status()
    post(site.url, site.key, an_alert(timedelta(seconds=-1), severity="page")).raise_for_status()
    site.wait_for("external:Hot", "firing", "resolved")
    first, last = site.decided("external:Hot")

    assert first.alert_id == last.alert_id
    assert ("emergency", "external.ended") == (first.severity, last.reason_code)
