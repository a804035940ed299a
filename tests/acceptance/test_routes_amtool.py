"""amtool sends alerts through a tree of routes as this system does."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from ingest.alertmanager import config
from shared.model import resolving, route_tree
from tests.support import amtool, route_reference
from tests.support.clients import AMTOOL, needs

pytestmark = [pytest.mark.slow, needs(AMTOOL)]
TREES = 10
LABEL_SETS = 10
"""Of each tree."""
HANDMADE = {
    "route": {
        "channels": ["email"],
        "group_by": ["alertname", "cluster"],
        "group_wait_seconds": 30,
        "group_interval_seconds": 300,
        "repeat_minutes": 240,
        "routes": [
            {"matchers": ['severity=~"page|critical"'], "channels": ["pagerduty", "sms"], "continue": True},
            {"matchers": ['host glob "web-*[0-9]"', "team!=db"], "channels": ["slack"], "mute_times": ["nights"]},
            {"matchers": ['team !glob "d*"', 'team!=""'], "channels": ["webhook"], "active_times": ["hours"]},
            {"matchers": ['"이름 표"="값 \\"하나\\""'], "channels": ["telegram"]},
        ],
    },
    "time_intervals": {
        "nights": [{"times": [{"start_time": "22:00", "end_time": "24:00"}], "location": "Asia/Seoul"}],
        "hours": [{"weekdays": ["monday:friday"], "days_of_month": ["1:-1"], "months": ["january:december"]}],
    },
}


def by_us(tree: Any, labels: dict[str, str]) -> str:
    nodes = resolving.resolve(resolving.prepared(route_tree.parse(tree)), labels)
    return ",".join(config.receiver_of(node.settings.channels) for node in nodes)


def written(folder: Path, tree: Any) -> Path:
    file = folder / "alertmanager.yml"
    document = config.document(route_tree.parse(tree), ["email"])
    document["receivers"] = [{"name": name} for name in dict.fromkeys(one["name"] for one in document["receivers"])]
    file.write_text(json.dumps(document, ensure_ascii=False))
    amtool.check(file)
    return file


@pytest.mark.parametrize("seed", range(TREES))
def test_random_trees_and_label_sets(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    tree = route_reference.tree(chance)
    file = written(tmp_path, tree)
    for _ in range(LABEL_SETS):
        labels = route_reference.labels(chance)

        assert amtool.receivers_of(file, labels) == by_us(tree, labels), labels


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"a": "b"}, "email"),
        ({"severity": "page"}, "pagerduty,sms"),
        ({"host": "web-12", "team": "x", "severity": "critical"}, "pagerduty,sms,slack"),
        ({"host": "web-x", "team": "x"}, "webhook"),
        ({"host": "web-1", "team": "db"}, "email"),
        ({"이름 표": '값 "하나"'}, "telegram"),
    ],
)
def test_globs_time_intervals_and_quoted_names(tmp_path: Path, labels: dict[str, str], expected: str) -> None:
    assert expected == by_us(HANDMADE, labels)
    if "이름 표" not in labels:
        # amtool's command line takes no such name; its configuration does.
        assert expected == amtool.receivers_of(written(tmp_path, HANDMADE), labels)
