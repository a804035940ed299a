"""Webhooks at their addresses: with which keys, that no key is shown, and what comes of an alert."""

import hashlib
import hmac
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from ingest.incoming import notice
from shared.model import relabeling
from shared.redis import connection, keys, streams
from shared.store import mapping_store
from tests.support.ingest_doors import Doors, doors_of
from tests.support.ingest_doors import doors as doors
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

DOWN = {"heartbeat": {"status": 0, "msg": "x"}, "monitor": {"id": 7, "name": "web-1"}, "msg": "down"}
UP = {**DOWN, "heartbeat": {"status": 1}}
HOT = {"status": "firing", "labels": {"alertname": "Hot", "instance": "web-1"}, "startsAt": "2026-11-20T10:00:00Z"}


def key_of(redis: Redis, name: str = "hooks", **limits: Any) -> str:
    return api_keys.create(redis, name, limits.pop("role", "publisher"), 1, **limits)[1]


def post(doors: Doors, path: str, body: Any, key: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return requests.post(f"{doors.url}/webhook/{path}", data=json.dumps(body), headers=headers, timeout=PATIENCE_S)


def statements(redis: Redis) -> list[Any]:
    entries = [
        fields[keys.EXTERNAL_FIELD]
        for partition in range(8)
        for _, fields in redis.xrange(keys.events(partition))
        if keys.EXTERNAL_FIELD in fields
    ]
    return [seen for entry in entries for seen in streams.decode_statements(entry)]


def test_key_stands_in_the_header_or_in_the_address(doors: Doors, redis: Redis) -> None:
    limited = key_of(redis, doors=["webhook"])

    assert {"taken": 1, "left_out": 0} == post(doors, "uptime-kuma", DOWN, doors.key).json()
    assert {"taken": 1, "left_out": 0} == post(doors, f"uptime-kuma/{limited}", DOWN).json()
    assert {"taken": 1, "left_out": 0} == post(doors, f"alertmanager/{limited}", {"alerts": [HOT]}).json()
    assert ["Hot", "MonitorDown", "MonitorDown"] == sorted(seen.name for seen in statements(redis))


def test_key_in_the_address_must_be_good_for_webhooks_alone_and_is_never_shown(doors: Doors, redis: Redis) -> None:
    wrong = [
        *(doors.key, key_of(redis, doors=["webhook", "otlp"]), key_of(redis, role="admin")),
        *(key_of(redis, role="viewer"), key_of(redis, doors=["otlp"])),
    ]
    answers = [post(doors, f"uptime-kuma/{key}", DOWN) for key in wrong]
    unknown = post(doors, "uptime-kuma/eak_0_nothing-of-the-kind", DOWN)
    limited = key_of(redis, doors=["webhook"])
    elsewhere = [post(doors, f"explode/{limited}", DOWN), post(doors, f"uptime-kuma/{limited}/more", DOWN)]
    bad = post(doors, f"uptime-kuma/{limited}", [])

    assert [403] * 5 == [answer.status_code for answer in answers]
    assert [401, 404, 404, 400] == [answer.status_code for answer in (unknown, *elsewhere, bad)]
    shown = "".join(answer.text for answer in (*answers, unknown, *elsewhere, bad)) + doors.process.log()
    assert [] == [key for key in (*wrong, limited, "nothing-of-the-kind") if key in shown]
    assert [] == statements(redis)


def test_end_goes_to_every_partition_under_the_identity_of_its_beginning(doors: Doors, redis: Redis) -> None:
    post(doors, "uptime-kuma", DOWN, doors.key).raise_for_status()
    post(doors, "uptime-kuma", UP, doors.key).raise_for_status()
    first, *ends = sorted(statements(redis), key=lambda seen: not seen.labels)

    assert 8 == len(ends)
    assert {first.fingerprint} == {end.fingerprint for end in ends}


def test_dry_run_says_what_would_be_taken_and_takes_nothing(doors: Doors, redis: Redis) -> None:
    answer = post(doors, "uptime-kuma?dry_run=true", DOWN, doors.key).json()

    assert ["web-1"] == [one["plugin_id"] for one in answer["fires"]]
    assert {"fires": [], "ends": ["7"], "heartbeats": []} == post(
        doors, "uptime-kuma?dry_run=true", UP, doors.key
    ).json()
    assert [] == statements(redis)


def test_good_alerts_of_a_webhook_are_taken_and_the_answer_names_the_others(doors: Doors, redis: Redis) -> None:
    answer = post(doors, "grafana", {"alerts": [HOT, {"labels": {}}], "truncatedAlerts": 2}, doors.key)

    assert 400 == answer.status_code
    assert "Not taken: alert 2: at least one label pair required" == answer.json()["detail"]
    assert ["Hot"] == [seen.name for seen in statements(redis)]
    assert "ingest.alerts_left_out" in doors.process.log()


def test_alerts_of_a_source_expire_if_its_mapping_says_so(doors: Doors, redis: Redis) -> None:
    hooks, others = key_of(redis), key_of(redis, name="others")
    mapping_store.save(redis, relabeling.parse({"sources": {"hooks": {"expire_minutes": 30}}}))

    def expiring() -> list[Any]:
        post(doors, "uptime-kuma", DOWN, hooks).raise_for_status()
        return [seen for seen in statements(redis) if seen.ends_at_ms < notice.UNTIL_TOLD_MS]

    until(expiring, "the process follows the mapping")
    post(doors, "alertmanager", {"alerts": [HOT]}, hooks).raise_for_status()
    post(doors, "grafana", {"alerts": [HOT]}, others).raise_for_status()
    own, other = (seen for seen in statements(redis) if seen.name == "Hot")
    expected_ms = connection.server_ms(redis) + 30 * 60_000

    # Some of the minutes have passed since then; how many depends on the machine.
    assert all(expected_ms - 25 * 60_000 < seen.ends_at_ms < expected_ms + 60_000 for seen in (own, *expiring()))
    assert notice.UNTIL_TOLD_MS == other.ends_at_ms


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_webhooks_are_posted(doors: Doors, method: str) -> None:
    assert 405 == requests.request(method, f"{doors.url}/webhook/grafana", timeout=PATIENCE_S).status_code


# -- signatures ---------------------------------------------------------------------------------------------

RUN = {"name": "CI", "workflow_id": 7, "head_branch": "main", "conclusion": "failure"}
FAILED = {"action": "completed", "repository": {"full_name": "shop/web"}, "workflow_run": RUN}
ISSUE = {"action": "triggered", "data": {"event": {"issue_id": "7", "project": 1, "title": "x"}}}


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def from_github(doors: Doors, key: str, body: bytes, event: str = "workflow_run", **headers: str) -> requests.Response:
    signed = {"X-Hub-Signature-256": f"sha256={signature(key, body)}", "X-GitHub-Event": event, **headers}
    return requests.post(f"{doors.url}/webhook/github/{key}", data=body, headers=signed, timeout=PATIENCE_S)


def test_webhook_of_github_is_taken_if_its_key_has_signed_it(doors: Doors, redis: Redis) -> None:
    key = key_of(redis, doors=["webhook"])
    body = json.dumps(FAILED).encode()
    form = urlencode({"payload": body.decode()}).encode()
    as_form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert {"taken": 1, "left_out": 0} == from_github(doors, key, body).json()
    assert {"taken": 1, "left_out": 0} == from_github(doors, key, form, **as_form).json()
    assert {"taken": 0, "left_out": 0} == from_github(doors, key, b'{"zen": "Keep it."}', event="ping").json()
    assert ["WorkflowFailed"] * 2 == [seen.name for seen in statements(redis)]


def test_webhook_of_github_that_is_not_signed_or_was_changed_is_refused(doors: Doors, redis: Redis) -> None:
    key = key_of(redis, doors=["webhook"])
    body = json.dumps(FAILED).encode()
    wrong = ["", "sha256=", f"sha256={signature('another', body)}", f"sha256={signature(key, body + b' ')}", "sha256=é"]
    answers = [from_github(doors, key, body, **{"X-Hub-Signature-256": one}) for one in wrong]

    assert [403] * len(wrong) == [answer.status_code for answer in answers]
    assert "Enter the key as the secret" in answers[0].json()["detail"]
    assert [] == [answer.text for answer in answers if key in answer.text]
    assert [] == statements(redis)


def test_webhook_of_sentry_must_be_signed_once_its_secret_is_known(
    server: RealServer, redis: Redis, tmp_path: Path
) -> None:
    key = key_of(redis, doors=["webhook"])
    body = json.dumps(ISSUE).encode()
    with contextmanager(doors_of)(server, redis, tmp_path, SENTRY_CLIENT_SECRETS="older-secret,newer-secret") as doors:

        def send(secret: str) -> int:
            headers = {"Sentry-Hook-Resource": "event_alert"}
            if secret:
                headers["Sentry-Hook-Signature"] = signature(secret, body)
            url = f"{doors.url}/webhook/sentry/{key}"
            return requests.post(url, data=body, headers=headers, timeout=PATIENCE_S).status_code

        assert [200, 200, 403, 403] == [send(one) for one in ("older-secret", "newer-secret", "guessed", "")]
        assert "newer-secret" not in doors.process.log()
    assert ["SentryIssue"] * 2 == [seen.name for seen in statements(redis)]
