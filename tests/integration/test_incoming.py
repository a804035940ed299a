"""The addresses of PagerDuty and Opsgenie: answers as theirs, who may send, and what comes of an alert."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from shared.model.alerts import Alert
from shared.redis import keys, streams
from shared.store import alert_store
from tests.support.ingest_doors import Doors
from tests.support.ingest_doors import doors as doors
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

EVENT = {
    "event_action": "trigger",
    "dedup_key": "d",
    "payload": {"summary": "가득", "source": "web-1", "severity": "error"},
}
ALERT = {"message": "가득", "alias": "a/b", "entity": "web-1", "priority": "P1"}


def statements(redis: Redis) -> list[Any]:
    entries = [
        fields[keys.EXTERNAL_FIELD]
        for partition in range(8)
        for _, fields in redis.xrange(keys.events(partition))
        if keys.EXTERNAL_FIELD in fields
    ]
    return [seen for entry in entries for seen in streams.decode_statements(entry)]


def enqueue(url: str, key: str, path: str = "/v2/enqueue", **changed: Any) -> requests.Response:
    body = json.dumps({**EVENT, "routing_key": key, **changed})
    return requests.post(url + path, data=body, timeout=PATIENCE_S)


def genie(url: str, key: str, path: str = "/v2/alerts", **body: Any) -> requests.Response:
    return requests.post(url + path, json=body, headers={"Authorization": f"GenieKey {key}"}, timeout=PATIENCE_S)


# -- answers ------------------------------------------------------------------------------------------------


def test_event_is_answered_as_by_pagerduty_when_the_stream_has_it(doors: Doors, redis: Redis) -> None:
    answer = enqueue(doors.url, doors.key)
    assert (202, {"status": "success", "message": "Event processed", "dedup_key": "d"}) == (
        answer.status_code,
        answer.json(),
    )
    assert ["web-1"] == [seen.plugin_id for seen in statements(redis)]
    generated = enqueue(doors.url, doors.key, dedup_key=None).json()["dedup_key"]
    assert 32 == len(generated)

    change = enqueue(doors.url, doors.key, "/v2/change/enqueue")
    assert (202, {"status": "success", "message": "Change event processed"}) == (change.status_code, change.json())
    assert [{"change": "가득"}] == [event.states for event in doors.events()]


def test_end_goes_to_every_partition(doors: Doors, redis: Redis) -> None:
    assert 202 == enqueue(doors.url, doors.key, event_action="resolve", payload=None).status_code

    assert [1] * 8 == [redis.xlen(keys.events(partition)) for partition in range(8)]


def test_what_pagerduty_would_refuse_is_refused_in_its_form(doors: Doors, redis: Redis) -> None:
    _, viewer = api_keys.create(redis, "reader", "viewer", 1)
    _, of_otlp = api_keys.create(redis, "otlp", "publisher", 1, doors=["otlp"])
    _, of_disks = api_keys.create(redis, "disks", "publisher", 1, plugins=["disk/*"])
    answer = enqueue(doors.url, doors.key, payload={})
    unknown = enqueue(doors.url, "eak_0_nothing")

    assert 400 == answer.status_code
    assert {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["'payload.summary' is missing or blank", "'payload.source' is missing or blank"],
    } == answer.json()
    assert (400, "invalid key") == (unknown.status_code, unknown.json()["status"])
    assert [403, 403, 400] == [enqueue(doors.url, key).status_code for key in (viewer, of_otlp, of_disks)]
    assert 400 == requests.post(f"{doors.url}/v2/enqueue", data=b"{", timeout=PATIENCE_S).status_code
    assert 405 == requests.get(f"{doors.url}/v2/enqueue", timeout=PATIENCE_S).status_code
    assert 413 == requests.post(f"{doors.url}/v2/enqueue", data=b" " * 600_000, timeout=PATIENCE_S).status_code
    assert [] == statements(redis)


def test_alert_is_answered_as_by_opsgenie_when_the_stream_has_it(doors: Doors, redis: Redis) -> None:
    answer = genie(doors.url, doors.key, **ALERT)

    assert 202 == answer.status_code
    assert {"result", "took", "requestId"} == answer.json().keys()
    assert "Request will be processed" == answer.json()["result"]
    assert 36 == len(answer.json()["requestId"])
    assert ["web-1"] == [seen.plugin_id for seen in statements(redis)]


def test_what_opsgenie_would_refuse_is_refused_in_its_form(doors: Doors, redis: Redis) -> None:
    answer = genie(doors.url, doors.key)
    assert (422, {"message": "'message' is missing or blank"}) == (answer.status_code, answer.json()["errors"])
    assert 401 == genie(doors.url, "eak_0_nothing", **ALERT).status_code
    assert 422 == genie(doors.url, doors.key, "/v2/alerts/x/close?identifierType=name").status_code
    assert 422 == genie(doors.url, doors.key, "/v2/alerts/x/notes").status_code
    assert 404 == genie(doors.url, doors.key, "/v2/alerts/x/explode").status_code

    assert [] == statements(redis)


def test_a_key_that_sent_too_much_is_told_to_come_later_with_503(doors: Doors) -> None:
    answers = [enqueue(doors.url, doors.key, client="x" * 500_000) for _ in range(20)]
    answers.append(genie(doors.url, doors.key, **ALERT, description="x" * 900_000))
    answers.append(genie(doors.url, doors.key, "/v2/alerts/x/close", source="x" * 900_000))

    assert [202, 503, 503, 503] == [answers[0].status_code, *(answer.status_code for answer in answers[-3:])]
    assert {True} == {int(answer.headers["Retry-After"]) > 0 for answer in answers[-3:]}


# -- what comes of it ---------------------------------------------------------------------------------------


class Board:
    """What the board shows of a running installation."""

    def __init__(self, redis: Redis, url: str) -> None:
        self.redis, self.url = redis, url
        _, self.key = api_keys.create(redis, "monitor", "publisher", 1)

    def wait_for(self, **states: str) -> dict[str, Alert]:
        def shown() -> dict[str, str]:
            return {alert.condition: alert.state for alert in alert_store.active(self.redis)}

        until(lambda: shown() == states, f"the board shows {states}", every_s=0.1)
        return {alert.condition: alert for alert in alert_store.active(self.redis)}


@pytest.fixture
def board(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Board]:
    port = free_port()
    with a_system(server.url, tmp_path, INGEST_PORT=str(port)) as system:
        for words in (("ingest",), ("evaluator",), ("dispatchers", "router")):
            system.start(*words)
        wait_ready(redis, "ingest", "evaluator", "router")
        yield Board(redis, f"http://127.0.0.1:{port}")


def test_event_fires_is_acknowledged_as_the_key_and_ends(board: Board) -> None:
    _, other = api_keys.create(board.redis, "other", "publisher", 1)
    enqueue(board.url, board.key).raise_for_status()
    alert = board.wait_for(가득="firing")["가득"]
    assert ("web-1", "error", "external:monitor") == (alert.plugin_id, alert.severity, alert.rule_id)

    enqueue(board.url, other, event_action="acknowledge").raise_for_status()
    enqueue(board.url, board.key, event_action="acknowledge").raise_for_status()
    acknowledged = board.wait_for(가득="acknowledged")["가득"]
    assert "monitor" == acknowledged.acknowledged_by
    assert acknowledged.acknowledged_by_principal.startswith("key:")

    enqueue(board.url, other, event_action="resolve").raise_for_status()
    enqueue(board.url, board.key, event_action="resolve").raise_for_status()
    board.wait_for()
    ended = alert_store.get(board.redis, alert.id)
    assert ("resolved", "external.ended") == (ended.state, ended.reason_code)
    enqueue(board.url, board.key, event_action="resolve").raise_for_status()


def test_alert_of_opsgenie_fires_is_commented_acknowledged_and_closed(board: Board) -> None:
    named, unnamed = genie(board.url, board.key, **ALERT), genie(board.url, board.key, message="둘", source="web-2")
    alerts = board.wait_for(가득="firing", 둘="firing")
    by_alias = "/v2/alerts/a%2Fb/{}?identifierType=alias"
    assert 202 == named.status_code == unnamed.status_code

    genie(board.url, board.key, by_alias.format("notes"), note="보는 중").raise_for_status()
    genie(board.url, board.key, by_alias.format("acknowledge"), user="kim").raise_for_status()
    board.wait_for(가득="acknowledged", 둘="firing")
    assert "보는 중" in [line.reason for line in alert_store.timeline(board.redis, alerts["가득"].id)]

    genie(board.url, board.key, by_alias.format("close"), note="고침").raise_for_status()
    board.wait_for(둘="firing")
    genie(board.url, board.key, f"/v2/alerts/{unnamed.json()['requestId']}/close").raise_for_status()
    board.wait_for()
    genie(board.url, board.key, **ALERT).raise_for_status()
    again = board.wait_for(가득="firing")["가득"]
    genie(board.url, board.key, f"/v2/alerts/{again.id}/close?identifierType=id").raise_for_status()
    board.wait_for()


def test_what_a_sender_does_not_list_any_more_ends(board: Board) -> None:
    _, other = api_keys.create(board.redis, "other", "publisher", 1)
    hot = {"labels": {"alertname": "Hot", "instance": "web-1"}, "annotations": {"summary": "셋"}}
    enqueue(board.url, board.key).raise_for_status()
    genie(board.url, board.key, message="둘", alias="b").raise_for_status()
    headers = {"Authorization": f"Bearer {board.key}"}
    posted = requests.post(f"{board.url}/api/v2/alerts", json=[hot], headers=headers, timeout=PATIENCE_S)
    assert 200 == posted.status_code
    board.wait_for(가득="firing", 둘="firing", 셋="firing")

    def reconcile(key: str, *firing: Any, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        url = f"{board.url}/webhook/reconcile"
        return requests.post(url, json={"firing": firing, **more}, headers=headers, timeout=PATIENCE_S)

    by_key = {"door": "pagerduty", "dedup_key": "d"}
    assert {"ended": 0} == reconcile(other).json()
    assert {"ended": 0} == reconcile(board.key, at_ms=1).json()
    refused = [reconcile(board.key, one).status_code for one in ({"labels": {}}, {"dedup_key": "d"}, None)]
    assert [400, 400, 400, 400] == [*refused, reconcile(board.key, at_ms="now").status_code]
    assert {"ended": 1} == reconcile(board.key, by_key, hot).json()
    board.wait_for(가득="firing", 셋="firing")
    assert {"ended": 2} == reconcile(board.key).json()
    board.wait_for()
