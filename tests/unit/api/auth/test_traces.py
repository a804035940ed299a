"""What leaves a trace: who was let in by what, what was refused, and what changed about access; no secret in any."""

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.auth import api_keys, guard, identity, one_time, refresh_tokens, sessions, users
from api.auth.traces import MOST, MOST_OF_A_KIND, Traces
from shared.log import Logger
from shared.store import audit
from tests.support.api import BASE
from tests.support.cli import Run

PASSWORD = "말이 없는 밤 열두 시"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logger="enhanced_alerts")
    return lambda: [(record.getMessage(), getattr(record, "fields", {})) for record in caplog.records]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def actions(redis: Redis) -> list[str]:
    return [entry.action for entry in audit.search(redis)]


def test_sign_in_link_is_written_down_when_made_used_and_refused(
    stranger: FlaskClient, redis: Redis, lines: Any
) -> None:
    code = one_time.create_sign_in_code(redis, "admin", "operator")
    stranger.get(f"/sign-in?code={code}", environ_base={"REMOTE_ADDR": "10.0.0.7"})
    stranger.get(f"/sign-in?code={code}")
    said = dict(lines())
    (used,) = audit.search(redis, action="sign-in-link.use")

    assert ["sign-in-link.use", "sign-in-link.create"] == actions(redis)
    assert ("10.0.0.7", "link:admin", {"role": "operator"}) == (used.address, used.principal, used.after)
    assert "operator" == said["sign_in.link_used"]["role"]
    assert "sign_in.link_refused" in said
    assert code not in repr(lines()) + repr(audit.search(redis))


def test_theft_of_a_refresh_token_is_written_down(stranger: FlaskClient, redis: Redis, lines: Any) -> None:
    users.create(redis, "kim", "viewer", PASSWORD)
    token = refresh_tokens.issue(redis, "kim", "viewer").refresh_token
    for _ in range(2):
        stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": token})
    (theft,) = audit.search(redis, action="session.replayed")

    assert {"name": "kim"} == theft.before
    assert [("replayed", "kim")] == [(f["reason"], f["user"]) for e, f in lines() if e == "refresh.refused"]
    assert token not in repr(lines()) + repr(theft)


@pytest.mark.parametrize("way", ["revoked key", "token", "session", "rubbish"])
def test_refused_credential_is_written_down_once_a_minute_without_what_makes_it_good(
    stranger: FlaskClient, redis: Redis, lines: Any, way: str
) -> None:
    key, text = api_keys.create(redis, "edge", "viewer", 1)
    api_keys.revoke(redis, key.id)
    what, secret = {
        "revoked key": (f"API key {key.id}", text),
        "token": ("token", "eyJ" + "x" * 60),
        "session": ("session", "y" * 43),
        "rubbish": ("token", "eak_" + "z" * 40),
    }[way]
    if way == "session":
        stranger.set_cookie(guard.COOKIE, secret)
    headers = {} if way == "session" else {"Authorization": f"Bearer {secret}"}
    statuses = [stranger.get(f"{BASE}/me", headers=headers).status_code for _ in range(5)]
    said = [fields for event, fields in lines() if event == "credential.refused"]

    assert [401] * 5 == statuses
    assert [what] == [fields["what"] for fields in said] and said[0]["address"]
    assert secret.rpartition("_")[2] not in repr(lines())


def test_what_somebody_may_not_is_written_down(app: Flask, redis: Redis, lines: Any) -> None:
    viewer = app.test_client()
    viewer.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {api_keys.create(redis, 'v', 'viewer', 1)[1]}"
    statuses = [viewer.get(f"{BASE}/users").status_code for _ in range(3)]
    (said,) = [fields for event, fields in lines() if event == "access.refused"]

    assert [403] * 3 == statuses
    assert ("v", "GET", "access.all_users") == (said["name"], said["method"], said["endpoint"])
    assert said["principal"].startswith("key:")


def test_backup_that_is_downloaded_is_written_down(client: FlaskClient, redis: Redis, lines: Any) -> None:
    assert 200 == client.get(f"{BASE}/backup").status_code

    (entry,) = audit.search(redis, action="backup.download")
    assert ("token:김운영", True) == (entry.principal, bool(entry.request_id))
    assert "backup.downloaded" in dict(lines())


def test_backup_is_downloaded_when_nothing_can_be_written(client: FlaskClient, redis: Redis) -> None:
    redis.config_set("maxmemory", 1)
    try:
        status = client.get(f"{BASE}/backup").status_code
    finally:
        redis.config_set("maxmemory", 0)

    assert 200 == status


def test_commands_that_change_access_are_in_the_audit(run: Run, redis: Redis, tmp_path: Path) -> None:
    for command in (
        ("token", "--link"),
        ("token", "--role", "viewer"),
        ("keys", "rotate"),
        ("secrets", "rotate", "--only-seal"),
        ("backup", str(tmp_path / "b.json.gz")),
    ):
        assert 0 == run(*command)[0], command

    assert [
        *("sign-in-link.create", "api-key.create", "signing-key.rotate"),
        *("sealing-key.rotate", "backup.write"),
    ] == list(reversed(actions(redis)))
    assert {True} == {entry.principal.startswith("shell:") for entry in audit.search(redis)}


def test_session_that_is_ended_is_in_the_audit(app: Flask, redis: Redis) -> None:
    users.create(redis, "kim", "viewer", PASSWORD)
    one, other = app.test_client(), app.test_client()
    for browser in (one, other):
        secret = sessions.open_session(redis, identity.Identity("kim", "viewer"), is_user=True)
        browser.set_cookie(guard.COOKIE, secret)
    ids = [s["id"] for s in one.get(f"{BASE}/me/sessions").json["sessions"] if not s["current"]]
    for wanted in ids:
        headers = {"Sec-Fetch-Site": "same-origin"}
        assert 204 == one.delete(f"{BASE}/me/sessions/{wanted}", headers=headers).status_code

    assert [("user:kim", ids[0])] == [(e.principal, e.target) for e in audit.search(redis, action="session.end")]


def test_flood_of_refusals_is_a_line_a_minute_each_and_bounded(lines: Any) -> None:
    traces = Traces(Logger("test"), every_s=60.0)
    for n in range(3 * MOST):
        traces.note("refused", address=f"10.0.{n // 256}.{n % 256}")
        traces.note("refused", address="10.9.9.9")

    said = [fields["address"] for event, fields in lines() if event == "refused"]
    assert 1 == said.count("10.9.9.9")
    assert len(traces._said) <= MOST


def test_stranger_who_makes_up_another_key_each_time_fills_no_log(lines: Any) -> None:
    traces = Traces(Logger("test"), every_s=60.0)
    for n in range(10 * MOST_OF_A_KIND):
        traces.note("credential.refused", what=f"API key {n:012x}", address="192.0.2.1")
    traces.note("access.refused", name="kim")
    traces._every_s = 0.0
    traces.note("credential.refused", what="session")

    said = [fields for event, fields in lines() if event == "credential.refused"]
    assert MOST_OF_A_KIND + 1 == len(said)
    assert 9 * MOST_OF_A_KIND == said[-1]["left_out"]
    assert "access.refused" in [event for event, _ in lines()]


def test_what_was_held_back_is_counted_with_the_next_line(lines: Any) -> None:
    traces = Traces(Logger("test"), every_s=0.0)
    traces.note("refused", address="a")
    traces._every_s = 60.0
    for _ in range(3):
        traces.note("refused", address="a")
    traces._every_s = 0.0
    traces.note("refused", address="a")

    assert [None, 3] == [fields.get("repeated") for event, fields in lines() if event == "refused"]
