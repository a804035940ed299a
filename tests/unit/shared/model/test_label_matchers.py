"""Which plugins a rule with label matchers covers, and what is refused."""

from typing import Any

import pytest

from api.read import sentences
from evaluator import condition
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from shared.errors import Invalid
from shared.model import rules
from shared.model.events import Event
from tests.support.factories import a_rule

NO_TMPFS = {"label": "fstype", "values": ["tmpfs", "fuse*"], "is_equal": False}
API_OR_WEB = {"label": "job", "values": ["api", "web-*"]}


@pytest.mark.parametrize(
    ("labels", "covers"),
    [
        ({"job": "api", "fstype": "ext4"}, True),
        ({"job": "web-1", "fstype": "ext4"}, True),
        ({"job": "api"}, True),
        ({"job": "db", "fstype": "ext4"}, False),
        ({"fstype": "ext4"}, False),
        ({"job": "api", "fstype": "tmpfs"}, False),
        ({"job": "api", "fstype": "fuse.sshfs"}, False),
    ],
)
def test_rule_covers_plugins_that_all_matchers_fit(labels: dict[str, str], covers: bool) -> None:
    rule = a_rule(label_matchers=[API_OR_WEB, NO_TMPFS])
    engine, changes = Engine(Index([rule])), Changes()
    engine.apply(Event("p", at_ms=1_000, metrics={"cpu": 90.0}, labels=labels), "1-0", 1_000, changes)

    assert covers is rule.covers("p", labels)
    assert covers is bool(changes.transitions)


def test_matchers_hold_beside_labels_and_plugins() -> None:
    rule = a_rule(label_matchers=[NO_TMPFS], labels={"job": "api"}, plugins="a*")

    assert rule.covers("a1", {"job": "api"})
    assert not rule.covers("b1", {"job": "api"})
    assert not rule.covers("a1", {"job": "web"})
    assert not rule.covers("a1", {"job": "api", "fstype": "tmpfs"})


def test_alert_ends_when_its_plugin_is_not_covered_any_more() -> None:
    rule = a_rule(label_matchers=[NO_TMPFS])
    engine, changes = Engine(Index([rule])), Changes()
    for at_ms, fstype in ((1_000, "ext4"), (2_000, "tmpfs")):
        event = Event("p", at_ms=at_ms, metrics={"cpu": 90.0}, labels={"fstype": fstype})
        engine.apply(event, f"{at_ms}-0", at_ms, changes)

    assert ["firing", "resolved"] == [one.kind for one in changes.transitions]


def test_rule_in_words_names_its_matchers() -> None:
    rule = a_rule(label_matchers=[API_OR_WEB, NO_TMPFS], labels={"env": "prod"})
    checked = condition.check(rule)
    words = "env=prod, job=api|web-*, fstype!=tmpfs|fuse*"

    assert f"any plugin with {words}," in sentences.sentence(rule, checked, "en")
    assert f"모든 플러그인({words})에서" in sentences.sentence(rule, checked, "ko")


@pytest.mark.parametrize(
    ("matcher", "field"),
    [
        ({"label": "", "values": ["a"]}, "label_matchers.0.label"),
        ({"label": "a", "values": []}, "label_matchers.0.values"),
        ({"label": "a", "values": ["x"] * 65}, "label_matchers.0.values"),
        ({"label": "a", "values": [5]}, "label_matchers.0.values.0"),
        ({"label": "a"}, "label_matchers.0.values"),
        ({"label": "a", "values": ["x"], "is_equal": 1}, "label_matchers.0.is_equal"),
        ({"label": "a", "values": ["x"], "regex": True}, "label_matchers.0.regex"),
        ({"label": "a\u200b", "values": ["x"]}, "label_matchers.0.label"),
        ({"label": "a", "values": ["x", "\u202e"]}, "label_matchers.0.values.1"),
        ({"label": "a", "values": ["x" * 257]}, "label_matchers.0.values.0"),
    ],
)
def test_bad_matcher_is_refused_by_its_field(matcher: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_written(a_rule(label_matchers=[matcher]))

    assert field in caught.value.reasons
