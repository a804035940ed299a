"""`enhanced-alerts trends`: what the API answers, at a terminal, from a real archive by the analysis process."""

import json
from contextlib import closing
from pathlib import Path

import click
import pytest
from redis import Redis

from api.commands import trends
from archive.opening import open_archive
from insight.questions import MOST_DAYS, MOST_MONTHS
from shared.redis import analysis_keys
from shared.store import analyses
from tests.support import synthetic_year, trends_site
from tests.support.cli import Run
from tests.support.trends_site import METRIC, PLUGIN
from tests.support.waiting import until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an archive with a year of a metric and three months of alerts."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with closing(open_archive(tmp_path / "archive.db")) as archive:
        trends_site.plant_year(archive, "growth", "change", "season")
        trends_site.plant_alerts(archive)
    return tmp_path


def test_metric_is_told_in_words_and_as_the_api_answers_it(run: Run, redis: Redis, folder: Path) -> None:
    limit = 10 * synthetic_year.first_level(trends_site.SEED)
    words = ("trends", "metric", PLUGIN, METRIC, "--limit", str(limit))
    code, out, err = run(*words)
    found = json.loads(run(*words, "--json")[1])

    assert (0, "") == (code, err)
    assert f"{PLUGIN} {METRIC}: {found['history']['hours']} hours, times in UTC." in out
    assert f"Growth: {found['growth']['each_week']:.6g} a week" in out
    assert f"Change of level: {found['changes'][0]['day']}" in out
    assert "Season: daily" in out
    assert found["months"][-1]["month"] in out
    assert found["weeks"][-1]["monday"] in out
    question = b'{"type":"metric","plugin_id":"shop-1","metric":"disk_usage","timezone":"UTC","days":400,"limit":%s'
    stored = analyses.answer(redis, question % json.dumps(limit).encode() + b',"direction":"rising"}')
    assert stored is not None
    assert json.loads(bytes(stored.body)) == found


def test_what_alerting_cost_is_told_by_month_team_rule_and_plugin(run: Run, redis: Redis, folder: Path) -> None:
    code, out, err = run("trends", "alerting", "--months", "4")
    found = json.loads(run("trends", "alerting", "--months", "4", "--json")[1])

    assert (0, "") == (code, err)
    assert [line.split()[0] for line in out.splitlines()[1:5]] == found["months"]
    # Three months with two alerts each, of which one was sent at night and nobody acknowledged it.
    for name in ("web", "without a team", "Rule day", "Rule night", "Shop"):
        assert name in out
    shop = next(line for line in out.splitlines() if line.startswith("Shop"))
    assert ["6", "6", "50%", "10.0", "min", "30.0", "min", "3"] == shop.split()[1:]


def test_process_ends_with_the_command_that_started_it(run: Run, redis: Redis, folder: Path) -> None:
    run("trends", "alerting")

    until(lambda: not redis.exists(analysis_keys.analysis_lease()), "no analysis process runs")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("metric", "nobody", METRIC), "has no whole hour of disk_usage of nobody"),
        (("metric", PLUGIN, METRIC, "--limit", "nan"), "--limit: must be a finite number"),
        (("alerting", "--timezone", "Mars/Olympus"), "--timezone: must be a time zone"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    run: Run, redis: Redis, folder: Path, words: tuple[str, ...], error: str
) -> None:
    code, out, err = run("trends", *words)

    assert (1, "") == (code, out)
    assert error in err


def test_command_looks_back_as_far_as_the_api() -> None:
    options = [option for command in (trends.metric, trends.alerting) for option in command.params]
    most = {option.name: option.type.max for option in options if isinstance(option.type, click.IntRange)}

    assert {"days": MOST_DAYS, "months": MOST_MONTHS} == most


def test_archive_that_is_off_is_named(run: Run, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE", "off")
    code, _, err = run("trends", "alerting")

    assert (1, True) == (code, "ARCHIVE" in err)
