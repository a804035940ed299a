"""Trends all the way: a year in a real archive, the API, the analysis process that it starts, and the answer."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from redis import Redis

from archive.opening import open_archive
from insight import questions
from insight.questions import MetricTrend
from shared.redis import analysis_keys
from shared.store import analyses
from tests.support import synthetic_year, trends_site
from tests.support.asking import Asker, Place
from tests.support.ports import free_port
from tests.support.processes import System, a_system, has_ended
from tests.support.real_server import RealServer
from tests.support.trends_site import METRIC, PLUGIN
from tests.support.waiting import until


@pytest.fixture
def system(server: RealServer, tmp_path: Path) -> Iterator[System]:
    with a_system(server.url, tmp_path) as running:
        yield running


def plant(place: Place, *what: str) -> None:
    with closing(open_archive(place)) as archive:
        trends_site.plant_year(archive, *what)
        trends_site.plant_alerts(archive)


def analysis_process(redis: Redis) -> psutil.Process:
    """Return the analysis process that runs."""
    lease = until(lambda: redis.get(analysis_keys.analysis_lease()), "one runs")
    return psutil.Process(int(lease.decode().rsplit(":", 1)[0].rsplit("-", 2)[1]))


def test_planted_year_is_told_through_api_and_process_on_both_archives(
    redis: Redis, system: System, tmp_path: Path, place: Place
) -> None:
    plant(place, "growth", "change", "season")
    asker = Asker(redis, system, tmp_path, place)
    limit = 10 * synthetic_year.first_level(trends_site.SEED)
    answer = asker.get("metric", plugin_id=PLUGIN, metric=METRIC, timezone="UTC", limit=limit)

    assert 200 == answer.status_code, answer.text
    found = answer.json()
    plan = synthetic_year.planted(trends_site.SEED, "growth", "change", "season")
    begin = synthetic_year.BEGIN + timedelta(milliseconds=trends_site.shift_ms())
    assert plan.growth * synthetic_year.first_level(trends_site.SEED) == pytest.approx(
        found["growth"]["each_week"], rel=0.25
    )
    assert ["level"] == [change["kind"] for change in found["changes"]]
    day = date.fromisoformat(found["changes"][0]["day"])
    assert abs(day - (begin + timedelta(plan.step_day))) <= timedelta(7)
    assert (True, True) == (found["season"]["is_daily"], found["season"]["is_weekly"])
    assert ["capacity"] == list(found["reasons"])
    assert found["reasons"]["capacity"]["reason_code"] in ("trends.capacity_too_far", "trends.capacity_no_trend")
    assert 168 == len(found["profile"])
    assert 12 <= len(found["months"]) <= 13

    months = asker.get("alerting", timezone="UTC", months=4).json()

    assert [2, 2, 2] == [month["alerts"] for month in months["all"]]
    assert [(2, 1, 0.5)] * 3 == [(m["notifications"], m["at_night"], m["share_at_night"]) for m in months["all"]]
    assert ["day", "night"] == sorted(rule["name"] for rule in months["rules"])
    (web,) = [team for team in months["teams"] if team["name"] == "web"]
    assert [(1, 1, 600_000.0, 1_800_000.0)] * 3 == [
        (m["flapping"], m["acknowledged"], m["mean_ms_to_acknowledge"], m["median_ms_to_resolve"])
        for m in web["months"]
    ]


def test_process_is_one_for_all_and_gives_way_and_ends_with_the_api(
    redis: Redis, system: System, tmp_path: Path
) -> None:
    plant(tmp_path / "archive.db")
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db")
    with ThreadPoolExecutor(4) as pool:
        days = [50, 50, 60, 60]
        answers = list(pool.map(lambda n: asker.get("metric", plugin_id=PLUGIN, metric=METRIC, days=n), days))
    running = analysis_process(redis)

    assert [200] * 4 == [answer.status_code for answer in answers]
    assert 1 == int(redis.get(analysis_keys.analysis_fence()) or 0)
    assert 10 == running.nice()

    asker.api.stop()
    until(lambda: has_ended(running), "it ended with its API")


def test_killed_process_costs_its_question_an_error_and_nothing_else(
    redis: Redis, system: System, tmp_path: Path
) -> None:
    plant(tmp_path / "archive.db")
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db")
    lost = questions.encode(MetricTrend(PLUGIN, METRIC, "UTC", 77))
    # As a process leaves it that dies while it works.
    analyses.ask(redis, lost, "user:lee")
    analyses.take(redis)
    answer = asker.get("metric", plugin_id=PLUGIN, metric=METRIC, days=77)

    assert (503, "insight.crashed") == (answer.status_code, answer.json()["code"])
    assert "analysis process ended" in answer.json()["detail"]

    os.kill(analysis_process(redis).pid, signal.SIGKILL)

    after = asker.get("metric", plugin_id=PLUGIN, metric=METRIC, days=78)

    assert 200 == after.status_code, after.text
    assert asker.api.process is not None and asker.api.process.poll() is None


def test_what_is_missing_is_named(redis: Redis, system: System, tmp_path: Path) -> None:
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db")
    nothing = asker.get("metric", plugin_id=PLUGIN, metric=METRIC)

    assert (404, "trends.nothing_recorded") == (nothing.status_code, nothing.json()["code"])

    with closing(open_archive(tmp_path / "archive.db")) as archive:
        trends_site.plant_alerts(archive)
    unknown = asker.get("metric", plugin_id="nobody", metric=METRIC)
    refused = asker.get("metric", plugin_id="", metric=METRIC, timezone="Mars/Olympus", days=9_999, limit="nan")

    assert (404, "trends.no_history") == (unknown.status_code, unknown.json()["code"])
    assert 422 == refused.status_code
    assert {"plugin_id", "timezone", "days", "limit"} == {error["field"] for error in refused.json()["errors"]}


def test_archive_that_is_off_or_away_is_named(redis: Redis, system: System, tmp_path: Path) -> None:
    off = Asker(redis, system, tmp_path, tmp_path / "archive.db", ARCHIVE="0")
    answer = off.get("alerting")

    assert (409, "trends.archive_off") == (answer.status_code, answer.json()["code"])

    off.api.stop()
    away = Asker(redis, system, tmp_path, f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    answer = away.get("alerting")

    assert (503, "archive.database_unusable") == (answer.status_code, answer.json()["code"])
