"""The walks of docs/architecture.md are those that the real processes take."""

import ast
import re
from pathlib import Path

import pytest

from scripts import trace_walk

ROOT = Path(__file__).parents[2]
STOP = re.compile(r"^\d+\. `([\w/]+\.py:[\w.]+)`", re.MULTILINE)


def documented() -> dict[str, list[str]]:
    """Return the stops of each walk, by its name."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("## Three walks")[2].partition("\n## ")[0]
    parts = re.split(r"^\*\*(One \w+(?: \w+)?)\*\*", section, flags=re.MULTILINE)[1:]
    return {name: STOP.findall(stops) for name, stops in zip(parts[::2], parts[1::2], strict=True)}


def test_each_walk_has_at_most_ten_stops_that_exist_and_never_goes_back() -> None:
    walks = documented()

    assert ["One event", "One alert", "One rule edit"] == list(walks)
    for stops in walks.values():
        files = [stop.partition(":")[0] for stop in stops]
        assert 3 <= len(stops) <= 10
        assert len(set(files)) == len(files)
        for stop in stops:
            file, _, name = stop.partition(":")
            assert name in functions(ROOT / file), stop


def functions(path: Path) -> set[str]:
    """Return the functions of a module, as `Class.method` or `function`."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


@pytest.mark.slow
def test_real_processes_walk_as_documented() -> None:
    walks = documented()
    stops = walks["One event"] + walks["One alert"]
    files = [stop.partition(":")[0] for stop in stops]
    traced = trace_walk.trace()
    reached = [function for crossing in traced.walk for function in (crossing.caller, crossing.callee)]
    # The plugin itself calls `publish`; and streams are read when nothing arrives, too.
    always = {stops[0], *(crossing.callee for crossing in traced.duties)}

    assert [stop for stop in stops if stop not in always] == [
        stop for stop in dict.fromkeys(reached) if stop in stops and stop not in always
    ]
    assert set(stops) <= {*reached, *always}
    back = [
        f"{crossing.caller} → {crossing.callee}"
        for crossing in traced.walk
        if (caller := crossing.caller.partition(":")[0]) in files
        and (callee := crossing.callee.partition(":")[0]) in files
        and files.index(callee) < files.index(caller)
    ]
    assert [] == back
