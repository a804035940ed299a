"""How long a channel that keeps failing is left alone."""

from dispatchers import channel as channels
from dispatchers.channel import Limit
from dispatchers.circuit import PARK_CAP_MS, limit_of, parked_ms


def test_channel_is_parked_after_several_failures_and_longer_with_each() -> None:
    pauses = [parked_ms(failures, jitter=1.0) for failures in range(12)]

    assert [0, 0, 0, 0, 0, 15_000, 30_000, 60_000, 120_000, 240_000, PARK_CAP_MS, PARK_CAP_MS] == pauses


def test_operators_limit_comes_before_the_providers() -> None:
    slack, web = channels.get("slack"), channels.get("web")
    url = "https://hooks.slack.com/services/x"

    assert Limit(1_000, 3) == limit_of(slack, slack.check({"webhook_url": url}))
    assert Limit(500) == limit_of(slack, slack.check({"webhook_url": url, "max_per_minute": 120}))
    assert Limit(0) == limit_of(web, web.check({}))
