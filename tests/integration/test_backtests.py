"""Backtests all the way: days in a real archive, the API and the command line, and the process that they start."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from archive.opening import open_archive
from archive.store import DAY_MS
from shared.redis import analysis_keys
from shared.redis.analysis_keys import BACKTESTS
from shared.store import analyses, rule_store
from tests.support import backtest_site
from tests.support.asking import Asker, Place
from tests.support.backtest_site import METRIC, PLUGIN
from tests.support.cli import Run
from tests.support.factories import a_rule
from tests.support.processes import System, a_system
from tests.support.real_server import RealServer
from tests.support.waiting import until

DAYS = 3
PEAKS = DAYS * len(backtest_site.HOURS)
RULE: dict[str, Any] = {
    "id": "hot",
    "name": "Hot",
    "metric": METRIC,
    "operator": ">",
    "threshold": 90,
    "channels": ["email", "web"],
}


@pytest.fixture
def system(server: RealServer, tmp_path: Path) -> Iterator[System]:
    with a_system(server.url, tmp_path) as running:
        yield running


def plant(place: Place) -> None:
    with closing(open_archive(place)) as archive:
        backtest_site.plant(archive, DAYS)


def body(**fields: Any) -> dict[str, Any]:
    until_ms = backtest_site.last_midnight_ms()
    return {"rule": {**RULE, **fields}, "from_ms": until_ms - DAYS * DAY_MS, "until_ms": until_ms}


def finished(asker: Asker, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask for a backtest, and follow it to its end."""
    begun = asker.post("", asked)
    assert begun.status_code in (200, 202), begun.text
    address = begun.json()["id"]
    assert begun.headers["Location"].endswith(f"/rule-backtests/{address}")
    answer = until(lambda: (found := asker.get(address)).status_code != 202 and found, "it is finished")
    assert 200 == answer.status_code, answer.text
    assert "done" == answer.json()["state"]
    result: dict[str, Any] = answer.json()["result"]
    return result


def test_api_tells_what_a_draft_would_have_done_beside_the_rule_in_force(
    redis: Redis, system: System, tmp_path: Path, place: Place
) -> None:
    plant(place)
    rule_store.save(redis, a_rule(**{**RULE, "threshold": 99}))
    asker = Asker(redis, system, tmp_path, place, "rule-backtests")
    found = finished(asker, body())

    draft, now = found["draft"], found["now"]
    begins = [one["since_ms"] % DAY_MS // 3_600_000 for one in draft["alerts"]]
    assert [*backtest_site.HOURS] * DAYS == begins
    assert [backtest_site.PEAK + 0.9] * PEAKS == [one["worst"] for one in draft["alerts"]]
    assert [(PLUGIN, backtest_site.PEAK_MS)] * PEAKS == [
        (one["plugin_id"], one["resolved_at_ms"] - one["fired_at_ms"]) for one in draft["alerts"]
    ]
    # Each firing and its end; those on the page call nobody.
    assert {"email": 2 * PEAKS, "web": 2 * PEAKS} == draft["by_channel"]
    assert (PEAKS, 0, 2 * PEAKS, 2 * DAYS) == tuple(
        draft[name] for name in ("firings", "firing", "notifications", "at_night")
    )
    assert (0, 0) == (now["firings"], now["notifications"])
    assert (0, PEAKS) == (found["comparison"]["missed"], found["comparison"]["added"])
    assert ([], 1) == (found["gaps"], found["plugins"])


def test_process_is_its_own_and_gives_way_and_what_is_taken_back_is_gone(
    redis: Redis, system: System, tmp_path: Path
) -> None:
    plant(tmp_path / "archive.db")
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db", "rule-backtests")
    finished(asker, body())
    lease = until(lambda: redis.get(analysis_keys.analysis_lease(BACKTESTS)), "it runs")
    running = psutil.Process(int(lease.decode().rsplit(":", 1)[0].rsplit("-", 2)[1]))

    assert 10 == running.nice()
    assert not analyses.is_served(redis)

    running.suspend()
    try:
        waiting = asker.post("", body(threshold=91))
        assert (202, "waiting") == (waiting.status_code, waiting.json()["state"])
        assert 202 == asker.post("", body(threshold=92)).status_code
        third = asker.post("", body(threshold=93))
        assert (429, "insight.asker_full") == (third.status_code, third.json()["code"])
        address = waiting.json()["id"]
        assert 204 == asker.delete(address).status_code
        gone = asker.get(address)
        assert (404, "backtest.missing") == (gone.status_code, gone.json()["code"])
        assert 404 == asker.delete(address).status_code
    finally:
        running.resume()


def test_bad_drafts_and_times_are_named(redis: Redis, system: System, tmp_path: Path) -> None:
    plant(tmp_path / "archive.db")
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db", "rule-backtests")
    bad = asker.post("", {**body(), "from_ms": backtest_site.last_midnight_ms() + 1})
    fleet = asker.post(
        "",
        {
            **body(),
            "rule": {
                "name": "f",
                "condition": {
                    "kind": "fleet",
                    "metric": METRIC,
                    "aggregate": "avg",
                    "operator": ">",
                    "threshold": 1,
                },
            },
        },
    )

    assert (422, "until_ms") == (bad.status_code, bad.json()["errors"][0]["field"])
    assert (422, "condition.kind") == (fleet.status_code, fleet.json()["errors"][0]["field"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    plant(tmp_path / "archive.db")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "hot.json").write_text(
        json.dumps([{**RULE, "id": "loud", "threshold": 90}, {**RULE, "id": "quiet", "threshold": 99}])
    )
    return tmp_path / "rules"


def test_command_fails_where_its_condition_holds_of_a_rule(run: Run, redis: Redis, folder: Path) -> None:
    code, out, err = run("rules", "backtest", str(folder), "--since", "4d", "--fail-if", "notifications > 10")
    rows = {line.split()[0]: line.split()[1:4] for line in out.splitlines()[1:3]}

    assert (1, "notifications > 10 holds of loud.") == (code, err.strip().splitlines()[-1])
    assert [str(PEAKS), str(2 * PEAKS), str(2 * DAYS)] == rows["loud"]
    assert ["0", "0", "0"] == rows["quiet"]

    code, out, _ = run("rules", "backtest", str(folder), "--since", "4d", "--fail-if", "firings > 99", "--json")
    found = json.loads(out)

    assert (0, []) == (code, found["failing"])
    assert [PEAKS, 0] == [one["draft"]["firings"] for one in found["rules"]]


@pytest.mark.parametrize(
    ("words", "field"), [(("--fail-if", "__import__('os')"), "--fail-if"), (("--since", "1 day"), "--since")]
)
def test_command_says_what_is_wrong(run: Run, redis: Redis, folder: Path, words: tuple[str, str], field: str) -> None:
    code, _, err = run("rules", "backtest", str(folder), *words)

    assert (1, True) == (code, field in err)
