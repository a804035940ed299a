"""
The explanations of the scenarios: why each alert fired and who was notified, and why nothing fired when it did not.

`python -m tests.support.explained` writes them anew into `tests/scenarios/explained/`, to be read before they are
committed.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w

from insight import explain
from insight.chain import Chain
from shared.model import reasons
from tests.support.documents import ROOT
from tests.support.stories import Story, seconds, shown

SCENARIOS = ROOT / "tests" / "scenarios"
EXPLAINED = SCENARIOS / "explained"


def scenarios() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each file with each of its scenarios."""
    for file in sorted(SCENARIOS.glob("*.toml")):
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["scenario"]:
            yield file.stem, one


def played(scenario: dict[str, Any]) -> Story:
    story = Story([{"id": "r", **fields} for fields in scenario["rules"]], scenario.get("routes"))
    for line in scenario["given"]:
        story.play(line)
    if "until" in scenario:
        story.pass_s(seconds(scenario["until"]))
        story.settle()
    return story


def chains(story: Story) -> Iterator[tuple[str, str, Chain]]:
    """Yield each explanation of a story: `why` or `why_not`, what it is about, and the chain."""
    ends_ms = story.now_ms
    for alert in story.alerts.values():
        evidence = story.evidence(alert.plugin_id)
        name = f"{alert.rule_id} {alert.plugin_id}"
        yield "why", name, explain.alert(evidence, alert.id, "", ends_ms)
        before_ms = next(line.at_ms for line in story.timelines[alert.id]) - 1_000
        chain = explain.place(evidence, alert.rule_id, alert.plugin_id, before_ms)
        if not chain.alert_id:
            yield "why_not", f"{at(story, before_ms)} {name}", chain
    plugins = {one.event.plugin_id for one in story.arrivals} | {one.plugin_id for one in story.happened}
    places = [(rule_id, plugin_id) for rule_id in story.evidence("").rules for plugin_id in sorted(plugins)]
    for rule_id, plugin_id in [*places, *story.stated]:
        chain = explain.place(story.evidence(plugin_id), rule_id, plugin_id, ends_ms)
        if not chain.alert_id:
            yield "why_not", f"{at(story, ends_ms)} {rule_id} {plugin_id}", chain


def at(story: Story, at_ms: int) -> str:
    elapsed_s = (at_ms - story.begin_ms) // 1000
    return shown(elapsed_s) if elapsed_s >= 0 else "before"


def sentences(story: Story) -> dict[str, list[str]]:
    """Return `why` and `why_not` of a story, in words."""
    found: dict[str, list[str]] = {"why": [], "why_not": []}
    for kind, name, chain in chains(story):
        line = f"{name}: {reasons.text(chain.conclusion.why)}"
        if line not in found[kind]:
            found[kind].append(line)
    return found


def expected(file: str) -> dict[str, dict[str, list[str]]]:
    """Return name of scenario → `why` and `why_not`, as they are written down."""
    stored = tomllib.loads((EXPLAINED / f"{file}.toml").read_text(encoding="utf-8"))
    return {one["name"]: {"why": one["why"], "why_not": one["why_not"]} for one in stored["explained"]}


def write(folder: Path) -> None:
    of_file: dict[str, list[dict[str, Any]]] = {}
    for file, scenario in scenarios():
        of_file.setdefault(file, []).append({"name": scenario["name"], **sentences(played(scenario))})
    folder.mkdir(exist_ok=True)
    for file, explained in of_file.items():
        text = f"# Of each scenario in ../{file}.toml; `python -m tests.support.explained` writes this.\n\n"
        (folder / f"{file}.toml").write_text(text + tomli_w.dumps({"explained": explained}), encoding="utf-8")


if __name__ == "__main__":
    write(EXPLAINED)
