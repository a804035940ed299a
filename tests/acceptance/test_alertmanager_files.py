"""
Files of Alertmanager, modelled on the structures of public ones, are taken over: amtool on the original and our routes
send random alerts to the same receivers.
"""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.change.imports import alertmanager, grafana
from shared.model import resolving
from shared.model.resolving import Node
from tests.support import amtool
from tests.support.clients import AMTOOL, needs
from tests.support.documents import ROOT

pytestmark = [pytest.mark.slow, needs(AMTOOL)]
FILES = sorted((ROOT / "tests" / "data" / "alertmanager").glob("*.yml"))
LABEL_SETS = 100
MANY_LABEL_SETS = 1_000
_WRITTEN = re.compile(r'\{?\s*("(?:[^"\\]|\\.)*"|[^\s=!~"{},]+)\s*(?:=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,}]*)')


def values_of(route: Any, found: dict[str, set[str]]) -> None:
    """Collect labels that the matchers of a tree name, with values that may fit them; read apart from the product."""
    pairs = [*route.get("match", {}).items(), *route.get("match_re", {}).items()]
    for text in route.get("matchers", []):
        pairs += [(name.strip('"'), value.strip('" ')) for name, value in _WRITTEN.findall(text)]
    for name, value in pairs:
        parts = re.sub(r"[\^$()?]", "", value).split("|")
        samples = {re.sub(r"\[0-9\](\{3\})?", lambda m: "123" if m[1] else "7", part) for part in parts}
        found.setdefault(name, set()).update(re.sub(r"\.[*+]", "-x", sample) for sample in samples)
    for child in route.get("routes", []):
        values_of(child, found)


def label_sets(file: Path, chance: random.Random, count: int) -> list[dict[str, str]]:
    # amtool's command line takes no label names of other letters than ASCII's.
    values: dict[str, set[str]] = {}
    values_of(yaml.safe_load(file.read_text(encoding="utf-8"))["route"], values)
    names = {name: sorted(found - {""}) for name, found in values.items() if name.isascii()}
    made = []
    for _ in range(count):
        labels = {
            name: chance.choice([*found, "other"]) if found else "other"
            for name, found in names.items()
            if chance.random() < 0.7
        }
        made.append(labels or {"alertname": "Other"})
    return made


def root_of(file: Path) -> Node:
    tree = alertmanager.translate(file.read_text(encoding="utf-8"), file.name, file.parent).tree
    assert tree is not None
    return resolving.prepared(tree)


def compare(file: Path, seed: int, count: int) -> set[str]:
    root, reached = root_of(file), set()
    for labels in label_sets(file, random.Random(seed), count):
        theirs = amtool.receivers_of(file, labels)

        # A route bears the name of its receiver.
        assert theirs == ",".join(node.name for node in resolving.resolve(root, labels)), labels
        reached.add(theirs)
    return reached


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_alerts_go_where_amtool_says(file: Path) -> None:
    amtool.check(file)

    assert 2 < len(compare(file, 1, LABEL_SETS))


@pytest.mark.long
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_many_alerts_go_where_amtool_says(file: Path) -> None:
    assert 2 < len(compare(file, 2, MANY_LABEL_SETS))


def test_there_are_ten_files() -> None:
    assert 10 == len(FILES)


def test_alerts_go_where_policies_of_grafana_send_them(tmp_path: Path) -> None:
    """amtool reads the same tree, with Grafana's matchers in Alertmanager's form."""
    folder = ROOT / "tests" / "data" / "grafana"
    exported = [(file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.iterdir())]
    root = json.loads((folder / "policies.json").read_text(encoding="utf-8"))["policies"][0]
    receivers = yaml.safe_load((folder / "contact-points.yml").read_text(encoding="utf-8"))["contactPoints"]
    document = {"route": as_alertmanager(root), "receivers": [{"name": one["name"]} for one in receivers]}
    file = tmp_path / "alertmanager.yml"
    file.write_text(json.dumps(document))
    tree = grafana.translate(exported).tree
    assert tree is not None
    prepared, reached = resolving.prepared(tree), set()
    for labels in label_sets(file, random.Random(3), LABEL_SETS):
        theirs = amtool.receivers_of(file, labels)

        assert theirs == ",".join(node.name for node in resolving.resolve(prepared, labels)), labels
        reached.add(theirs)
    assert 2 < len(reached)


def as_alertmanager(policy: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in policy.items() if name in ("receiver", "group_by", "continue")}
    written = [f"{label}{operator}{json.dumps(value)}" for label, operator, value in policy.get("object_matchers", [])]
    below = [as_alertmanager(child) for child in policy.get("routes", [])]
    return {**kept, **({"matchers": written} if written else {}), **({"routes": below} if below else {})}
