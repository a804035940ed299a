"""Searching alerts by API and command line: pages, files, and what is answered when the archive cannot be searched."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec import Raw

from api.read import alert_search
from api.routes import alert_search as routes
from archive.opening import open_archive
from archive.readers import Readers
from shared.clock import SystemClock
from shared.model.alerts import TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged, LineAdded
from tests.support.api import BASE
from tests.support.cli import Run
from tests.support.factories import an_alert
from tests.support.kept_records import Recording

NOW = SystemClock().now_ms()
SEARCH = f"{BASE}/alerts/search"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An archive with five alerts, the newest last."""
    archive = open_archive(tmp_path / "archive.db")
    recording = Recording(archive)
    for n in range(5):
        at_ms = NOW - 1_000 * (10 - n)
        alert = an_alert(id=f"alert-{n}", updated_at_ms=at_ms, started_at_ms=at_ms, version=1, plugin_id=f"host-{n}")
        recording.add(
            AlertChanged(alert=Raw(encode(alert)), line=Raw(encode(TimelineEntry(at_ms=at_ms, kind="firing"))))
        )
    comment = TimelineEntry(at_ms=NOW, kind="commented", reason="=디스크 교체", principal="user:kim", by="Kim")
    recording.add(LineAdded(alert_id="alert-3", line=Raw(encode(comment))))
    archive.close()
    return tmp_path


def search(client: FlaskClient, **query: Any) -> dict[str, Any]:
    answer = client.get(SEARCH, query_string=query)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [alert["id"] for alert in found["alerts"]]


def test_pages_are_newest_first(client: FlaskClient, kept: Path) -> None:
    first = search(client, limit=3)
    second = search(client, limit=3, cursor=first["next_cursor"])

    assert (["alert-4", "alert-3", "alert-2"], ["alert-1", "alert-0"]) == (ids(first), ids(second))
    assert second["next_cursor"] is None
    assert "incomplete" not in first


def test_words_and_filters(client: FlaskClient, kept: Path) -> None:
    assert ["alert-3"] == ids(search(client, q="교체"))
    assert ["alert-3"] == ids(search(client, person="user:kim")) == ids(search(client, person="kim"))
    assert [] == ids(search(client, person="key:kim"))
    assert ["alert-4", "alert-1"] == ids(search(client, plugin_id=["host-1", "host-4"]))
    assert ["alert-4"] == ids(search(client, since=NOW - 6_500))
    assert [] == ids(search(client, min_minutes=60))
    assert ["alert-4", "alert-3"] == ids(search(client, q="cpu", limit=2))


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"q": "a"}, "q", "search.word_too_short"),
        ({"q": "w1 w2 w3 w4 w5 w6 w7 w8 w9"}, "q", "search.too_many_words"),
        ({"person": "robot:7"}, "person", "search.bad_person"),
        ({"label": "=x"}, "label", "search.bad_label"),
        ({"min_minutes": 2, "max_minutes": 1}, "max_minutes", "search.empty_range"),
        ({"since": 2, "until": 1}, "until", "search.empty_range"),
        ({"cursor": "x"}, "cursor", "invalid.cursor"),
        ({"cursor": "MTo5OTk5OTk5OTk5OTk5OTk="}, "cursor", "invalid.cursor"),
    ],
)
def test_what_cannot_be_searched_for_is_named(
    client: FlaskClient, kept: Path, query: dict[str, Any], field: str, code: str
) -> None:
    answer = client.get(SEARCH, query_string=query)

    assert 422 == answer.status_code
    assert [(field, code)] == [(one["field"], one["code"]) for one in answer.get_json()["errors"]]


def test_a_file_has_all_that_is_found(client: FlaskClient, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_search, "MOST", 2)
    answer = client.get(SEARCH, query_string={"format": "csv", "q": "cpu"}, buffered=True)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert "text/csv; charset=utf-8" == answer.content_type
    assert "attachment" in answer.headers["Content-Disposition"]
    assert ["alert-4", "alert-3", "alert-2", "alert-1", "alert-0"] == [row["id"] for row in rows]


def test_more_files_than_one_process_sends_are_refused_until_one_is_done(client: FlaskClient, kept: Path) -> None:
    asked = {"format": "csv", "q": "cpu"}
    open_files = [client.get(SEARCH, query_string=asked, buffered=False) for _ in range(routes.MOST_FILES)]
    refused = client.get(SEARCH, query_string=asked)
    for one in open_files:
        one.close()
    afterwards = client.get(SEARCH, query_string=asked, buffered=True)

    assert (429, "search.files") == (refused.status_code, refused.get_json()["code"])
    assert 200 == afterwards.status_code


def test_an_archive_that_fails_refuses_no_later_files(client: FlaskClient, app: Flask, kept: Path) -> None:
    services = app.extensions["enhanced_alerts"]
    app.extensions["enhanced_alerts"] = replace(services, archive=Readers("postgresql://127.0.0.1:1/away"))
    failed = [client.get(SEARCH, query_string={"format": "csv"}).status_code for _ in range(routes.MOST_FILES + 1)]
    app.extensions["enhanced_alerts"] = services

    assert [503] * (routes.MOST_FILES + 1) == failed
    assert 200 == client.get(SEARCH, query_string={"format": "csv"}, buffered=True).status_code


def test_without_an_archive_the_answer_says_why(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = app.extensions["enhanced_alerts"]
    none_yet = search(client)
    broken = replace(services, archive=Readers("postgresql://127.0.0.1:1/away"))
    monkeypatch.setitem(app.extensions, "enhanced_alerts", broken)
    away = [client.get(SEARCH, query_string={"format": form}) for form in ("json", "csv")]
    without = replace(services, settings=replace(services.settings, archive=False))
    monkeypatch.setitem(app.extensions, "enhanced_alerts", without)
    off = client.get(SEARCH)

    assert ([], "history.nothing_recorded") == (none_yet["alerts"], none_yet["incomplete"]["reason_code"])
    assert [(503, "archive.database_unusable")] * 2 == [(one.status_code, one.get_json()["code"]) for one in away]
    assert (409, "search.archive_off") == (off.status_code, off.get_json()["code"])


def test_alerts_that_are_not_indexed_yet_are_reported(client: FlaskClient, kept: Path) -> None:
    archive = open_archive(kept / "archive.db")
    archive.execute("UPDATE search_progress SET indexed_from = 1")
    archive.close()

    assert "search.indexing" == search(client)["incomplete"]["reason_code"]


def test_the_command_searches_too(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(kept))
    _, table, _ = run("alerts", "search", "디스크", "--person", "kim")
    _, as_json, _ = run("alerts", "search", "--plugin", "host-2", "--plugin", "host-0", "--json")
    _, as_csv, _ = run("alerts", "search", "CPU 높음", "--limit", "2", "--csv")
    code, _, error = run("alerts", "search", "x")

    assert "alert-3" in table and "alert-4" not in table
    assert ["alert-2", "alert-0"] == [one["id"] for one in json.loads(as_json)]
    assert ["alert-4", "alert-3"] == [row["id"] for row in csv.DictReader(io.StringIO(as_csv))]
    assert 1 == code and "WORDS" in error
