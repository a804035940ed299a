"""The history of alerts over Redis and the archive, on SQLite and on a real PostgreSQL server."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw
from redis import Redis

from api.read import alert_history
from archive.readers import Readers
from archive.store import Archive
from shared.model.alert_filter import Wanted
from shared.model.alerts import TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store
from tests.support.factories import an_alert
from tests.support.fake_redis import fake_redis
from tests.support.kept_records import T0, Recording

KEPT_SINCE_MS = T0 - 4_500
"""Redis has alerts first recorded since then: the newest four of ten."""
ALERTS = [
    an_alert(
        "firing" if n == 9 else "resolved",
        id=f"alert-{n}",
        updated_at_ms=T0 - 1_000 * n,
        started_at_ms=T0 - 1_000 * n,
        plugin_id="even" if n % 2 == 0 else "odd",
        severity="critical" if n == 7 else "warning",
        version=1,
    )
    for n in range(1, 11)
]
IDS = [alert.id for alert in ALERTS]


@pytest.fixture
def store() -> Iterator[Redis]:
    """Redis as it is after the retention of the history: old alerts are there while they are open."""
    client = fake_redis()
    for alert in ALERTS:
        if alert.updated_at_ms >= KEPT_SINCE_MS or alert.state != "resolved":
            with client.pipeline() as pipe:
                alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="firing"), 10**9)
                pipe.execute()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _recorded(archive: Archive) -> None:
    recording = Recording(archive)
    for alert in reversed(ALERTS):
        line = encode(TimelineEntry(at_ms=1, kind="firing"))
        recording.add(AlertChanged(alert=Raw(encode(alert)), line=Raw(line), is_first=True))


def page(
    store: Redis, place: Path | str, cursor: str | None = None, limit: int = 50, since_ms: int = 0, **wanted: Any
) -> dict[str, Any]:
    with closing(Readers(place)) as readers:
        body = alert_history.page(
            store, readers, Wanted(**wanted), cursor, limit, since_ms=since_ms, redis_since_ms=KEPT_SINCE_MS
        )
    found: dict[str, Any] = json.loads(body)
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [alert["id"] for alert in found["alerts"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9, 10, 50])
def test_pages_go_on_in_the_archive_where_redis_ends(store: Redis, place: Path | str, limit: int) -> None:
    seen, cursor = [], None
    while True:
        found = page(store, place, cursor, limit)
        assert 10 == found["total"] and "incomplete" not in found
        assert len(found["alerts"]) <= limit
        seen += ids(found)
        cursor = found["next_cursor"]
        if cursor is None:
            break

    assert IDS == seen


def test_alerts_of_both_are_whole(store: Redis, place: Path | str) -> None:
    found = page(store, place)

    assert ALERTS == [alert_store.decode_alert(encode(one)) for one in found["alerts"]]


def test_filters_hold_in_both(store: Redis, place: Path | str) -> None:
    assert [i for i in IDS if int(i[6:]) % 2] == ids(page(store, place, plugin_id="odd"))
    assert ["alert-7"] == ids(page(store, place, severity=("critical",)))
    assert ["alert-9"] == ids(page(store, place, state=("firing",)))
    assert IDS[2:] == ids(page(store, place, until_ms=T0 - 3_000))
    assert [] == ids(page(store, place, rule_id="another"))


def test_as_far_back_as_was_asked(store: Redis, place: Path | str) -> None:
    found = page(store, place, since_ms=T0 - 6_000)

    assert (IDS[:6], 6) == (ids(found), found["total"])


def test_what_redis_has_needs_no_archive(store: Redis) -> None:
    assert IDS[:3] == ids(page(store, "postgresql://127.0.0.1:1/away", since_ms=T0 - 3_000))


def test_without_the_archive_the_page_says_what_is_missing(store: Redis, tmp_path: Path) -> None:
    away = page(store, "postgresql://127.0.0.1:1/away")
    never = page(store, tmp_path / "none.db")

    assert [*IDS[:4], "alert-9"] == ids(away) == ids(never)
    assert ["history.incomplete"] * 2 == [one["incomplete"]["reason_code"] for one in (away, never)]
    assert "127.0.0.1:1/away" in away["incomplete"]["reason"]


def test_the_newest_of_all_time_for_the_command_line(
    store: Redis, place: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_history, "MOST", 3)
    url = {} if isinstance(place, Path) else {"database_url": place}
    settings = Settings(data_dir=tmp_path, **url)
    found, why = alert_history.newest(store, settings, 8, KEPT_SINCE_MS)

    assert (IDS[:8], "") == ([alert.id for alert in found], why)
    elsewhere = Settings(database_url="postgresql://127.0.0.1:1/away")
    found, why = alert_history.newest(store, elsewhere, 8, KEPT_SINCE_MS)
    assert [*IDS[:4], "alert-9"] == [alert.id for alert in found]
    assert "127.0.0.1:1/away" in why


def test_an_open_alert_is_on_one_page_alone(store: Redis, place: Path | str) -> None:
    assert store.zscore(keys.alert_history(), "alert-9") is not None
    assert 1 == ids(page(store, place)).count("alert-9")
