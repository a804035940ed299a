"""Every metric of /metrics is explained to operators, in both languages."""

import re

import pytest
from redis import Redis

from api.read import metrics
from shared.settings import Settings
from tests.support.documents import ROOT


@pytest.mark.parametrize("name", ["docs/operations.md", "docs/ko/operations.md"])
def test_every_metric_is_told(redis: Redis, name: str) -> None:
    text = metrics.exposition(redis, Settings(), 1).decode()
    told = (ROOT / name).read_text(encoding="utf-8")
    families = re.findall(r"^# HELP (\S+)", text, re.M)

    assert len(families) > 5
    assert [] == [f for f in families if f"`{f}`" not in told]
