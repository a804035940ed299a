"""The report of a month all the way: a real archive, the API, the analysis process and the command line."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Raw
from redis import Redis

from archive.opening import open_archive
from archive.store import Gap
from shared.model.encoding import encode
from shared.model.records import Actor, RuleChanged
from tests.support import synthetic_year, trends_site
from tests.support.asking import Asker, Place
from tests.support.cli import Run
from tests.support.kept_records import Recording
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.trends_site import METRIC, PLUGIN, last_month


@pytest.fixture
def system(server: RealServer, tmp_path: Path) -> Iterator[System]:
    with a_system(server.url, tmp_path) as running:
        yield running


def plant(place: Place, threshold: float = 0.0) -> None:
    """Record a year of a growing metric, a rule with a threshold on it, and three months of alerts."""
    with closing(open_archive(place)) as archive:
        trends_site.plant_year(archive, "growth")
        trends_site.plant_alerts(archive)
        condition = {"kind": "threshold", "metric": METRIC, "operator": ">", "threshold": threshold}
        rule = {"id": "full", "name": "Disk full", "plugins": "shop-*", "condition": condition}
        changed = RuleChanged(rule_id="full", revision=1, document=Raw(encode(rule)), at_ms=1, actor=Actor())
        Recording(archive).add(changed, at_ms=trends_site.month_ms(6))


def test_report_of_the_last_month_on_both_archives(redis: Redis, system: System, tmp_path: Path, place: Place) -> None:
    level = synthetic_year.first_level(trends_site.SEED)
    plant(place, threshold=level * 1_000)
    asker = Asker(redis, system, tmp_path, place, "reports")
    answer = asker.get("monthly")
    found = answer.json()

    assert 200 == answer.status_code, answer.text
    assert (last_month(), True, "UTC") == (found["month"], found["is_over"], found["timezone"])
    # Each month has an alert of the day, which was acknowledged, and one of the night, which was not.
    assert (2, 2, 1, 1) == tuple(
        found["all"]["now"][name] for name in ("alerts", "notifications", "at_night", "acknowledged")
    )
    assert found["all"]["now"]["alerts"] == found["all"]["before"]["alerts"]
    assert ["day", "night"] == [one["name"] for one in found["rules"]]
    assert [("night", 1, 1)] == [(one["name"], one["notifications"], one["unattended"]) for one in found["noisiest"]]
    assert (1, 0) == (found["metrics_seen"], found["metrics_unseen"])
    assert [(PLUGIN, METRIC)] == [(one["plugin_id"], one["metric"]) for one in found["metrics"]]
    assert found["metrics"][0]["growth"]["each_week"]
    assert (level * 1_000, "full") == (found["metrics"][0]["limit"], found["metrics"][0]["rule_id"])


def test_command_prints_what_the_api_answers(
    run: Run, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    plant(tmp_path / "archive.db")
    code, out, err = run("report", "show")
    found = json.loads(run("report", "show", "--month", last_month(), "--json")[1])

    assert (0, "") == (code, err)
    assert last_month() == found["month"]
    assert f"Report of {last_month()}" in out
    for name in ("Rule night", "web", "without a team", "Shop", f"{PLUGIN} {METRIC}"):
        assert name in out


def test_what_the_archive_does_not_know_is_said(redis: Redis, system: System, tmp_path: Path) -> None:
    plant(tmp_path / "archive.db")
    at_ms = trends_site.month_ms(1)
    day = at_ms // 86_400_000
    with closing(open_archive(tmp_path / "archive.db")) as archive:
        archive.add_rows("gaps", ("stream", "from_ms", "to_ms", "entries"), [("events:0", at_ms, at_ms + 5_000, 7)])
        with archive.transaction():
            archive.execute("DELETE FROM rollups WHERE day = ?", (day,))
        assert [Gap("events:0", at_ms, at_ms + 5_000, 7)] == archive.gaps()
    found = Asker(redis, system, tmp_path, tmp_path / "archive.db", "reports").get("monthly").json()["missing"]

    assert [{"from_ms": at_ms, "to_ms": at_ms + 5_000, "entries": 7}] == found["entries"]
    assert f"{last_month()}-10" in found["days"]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"month": "2099-01"}, 422), ({"month": "2026-13"}, 422), ({"month": "x"}, 422), ({"timezone": "Mars"}, 422)],
)
def test_month_that_is_none_is_refused(
    redis: Redis, system: System, tmp_path: Path, query: dict[str, str], status: int
) -> None:
    plant(tmp_path / "archive.db")

    assert (
        status == Asker(redis, system, tmp_path, tmp_path / "archive.db", "reports").get("monthly", **query).status_code
    )
