"""
Rules and the life of an alert as readable stories: `tests/scenarios/*.toml`.

A scenario has `rules`, what happens (`given`) and what comes of it (`expect`), a line each:

    given   "<time> <plugin> metric=1 … [counter:name=1] [state:name=x] [error:Type] [gone:metric] [label:name=x]
             [at <event time>]"
            "<time> sends <plugin> <alertname> [label=x] [starts=<time>] [ends=<time>|ends=+<length>]" (Prometheus does)
            "<time> ack|resolve|dismiss <plugin>", "<time> disable|delete <rule>", "<time> edit <rule> field=value",
            "<time> silence <id> <length> name=glob [cron=m_h_d_m_w minutes=<n> timezone=<name>]",
            "<time> restart", "<time> down <length>", "<time> doors shut|open",
            "<time> clock back <length>"
    expect  "<time> <transition> <plugin> [rule]" and "<time> told <channel> <news> <plugin>"

`routes` is the tree of routes, if there is one; a story begins on a Tuesday at 22:13:20 UTC.

Between two lines the clock ticks each second through the same pure functions the evaluator and the router run.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.stories import Story, seconds

FOLDER = Path(__file__).parents[1] / "scenarios"


def scenarios() -> list[Any]:
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["scenario"]:
            found.append(pytest.param(one, id=f"{file.stem}: {one['name']}"))
    return found


@pytest.mark.parametrize("scenario", scenarios())
def test_scenario(scenario: dict[str, Any]) -> None:
    story = Story([{"id": "r", **fields} for fields in scenario["rules"]], scenario.get("routes"))
    for line in scenario["given"]:
        story.play(line)
    if "until" in scenario:
        story.pass_s(seconds(scenario["until"]))
        story.settle()

    assert scenario["expect"] == story.told


def test_there_are_at_least_sixty_scenarios() -> None:
    names = [param.id for param in scenarios()]

    assert len(names) == len(set(names)) >= 60
