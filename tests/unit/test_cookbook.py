"""The recipes of docs/cookbook: each fires in its story, and does not in another that looks like it."""

from pathlib import Path
from typing import Any

import pytest

from api.change import rule_files
from tests.support.documents import ROOT
from tests.support.stories import STORIES, Story, seconds

FOLDER = ROOT / "docs" / "cookbook"


def play(recipe: str, given: list[str], until: str | None) -> list[str]:
    found = rule_files.load(FOLDER / f"{recipe}.toml")
    told = Story([rule.model_dump(exclude={"revision", "edited", "source"}) for rule in found])
    for line in given:
        told.play(line)
    if until:
        told.pass_s(seconds(until))
    return told.told


@pytest.mark.parametrize("story", STORIES, ids=[story["recipe"] for story in STORIES])
def test_recipe_fires_when_it_should_and_only_then(story: dict[str, Any]) -> None:
    fires = play(story["recipe"], story["fires"], story.get("until"))
    quiet = play(story["recipe"], story["quiet"], story.get("until"))

    assert [line for line in fires if line.split()[1] == "firing"], fires
    assert [] == [line for line in quiet if line.split()[1] == "firing"]
    assert [] == [line for line in story.get("tells", []) if line not in fires], fires


def test_every_recipe_has_its_story_and_there_are_twenty() -> None:
    files = sorted(path.stem for path in FOLDER.glob("*.toml"))

    assert files == sorted(story["recipe"] for story in STORIES)
    assert len(files) >= 20


def test_error_rate_ends_below_its_own_threshold_only() -> None:
    given = ["0s p error_rate=6", "2m p error_rate=6", "3m p error_rate=3", "6m p error_rate=3", "7m p error_rate=1"]
    told = play("error-rate", [*given, "9m p error_rate=1"], None)

    assert ["9m resolved p"] == [line for line in told if " resolved " in line and "told" not in line]


def test_password_guessing_waits_for_a_person() -> None:
    story = next(story for story in STORIES if story["recipe"] == "login-failures")
    told = play("login-failures", story["fires"], "2h")

    assert not [line for line in told if "resolved" in line]


def test_effect_is_held_back_while_its_cause_fires(tmp_path: Path) -> None:
    text = "".join((FOLDER / f"{name}.toml").read_text() for name in ("service-stopped", "replication-lag"))
    (tmp_path / "both.toml").write_text(text)
    found = rule_files.load(tmp_path / "both.toml")
    story = Story([rule.model_dump(exclude={"revision", "edited", "source"}) for rule in found])
    for line in ("0s db state:status=failed", "10s db replication_lag=60", "70s db replication_lag=60"):
        story.play(line)

    assert "70s firing db replication-lag" in story.told
    assert ["0s told web firing db"] == [line for line in story.told if "told web firing" in line]
