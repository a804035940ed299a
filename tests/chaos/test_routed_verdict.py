"""The judge of routed alerts finds each that went elsewhere."""

import pytest

from tests.chaos.routed import Sender
from tests.chaos.verdict import Found, Verdict
from tests.support.factories import an_alert

LABELS = {"severity": "page", "team": "db"}


def judged(channels: list[str], labels: dict[str, str]) -> Verdict:
    sender = Sender([], "")
    sender.labels = {"routed/0": labels}
    verdict = Verdict()
    sender.judge([Found(an_alert(plugin_id="routed/0", channels=channels), [], {})], verdict)
    return verdict


@pytest.mark.parametrize(
    ("labels", "channels"),
    [
        ({"severity": "page", "team": "db"}, ["webhook", "slack"]),
        ({"severity": "page", "team": "x"}, ["webhook"]),
        ({"severity": "warning", "team": "db"}, ["slack", "webhook"]),
        ({"severity": "info", "team": "db"}, ["slack"]),
        ({"severity": "info", "team": "x"}, ["web"]),
    ],
)
def test_alert_that_took_its_routes_is_good(labels: dict[str, str], channels: list[str]) -> None:
    assert [] == judged(channels, labels).problems


@pytest.mark.parametrize("channels", [["web"], ["webhook"], ["slack", "webhook"], ["webhook", "slack", "web"], []])
def test_alert_that_went_elsewhere_is_a_problem(channels: list[str]) -> None:
    [problem] = judged(channels, LABELS).problems

    assert "and not to ['webhook', 'slack']" in problem


def test_run_that_routed_nothing_shows_nothing() -> None:
    verdict = Verdict()
    Sender([], "").judge([], verdict)

    assert ["no alert was routed"] == verdict.problems
