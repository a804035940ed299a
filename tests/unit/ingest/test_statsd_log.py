"""Refused lines of StatsD are logged in English, with the code and values of an example."""

import logging

import pytest
from redis import Redis

from ingest.statsd import Listener
from shared.log import Logger
from shared.settings import Settings
from tests.support.ports import free_port


def test_refused_lines_are_counted_with_one_example(
    redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    listener = Listener(Settings(statsd_port=free_port()), redis, Logger("ingest"))
    listener._sums.add(b"ok:1|c\nwaits:x|g\n")

    with caplog.at_level(logging.WARNING, "enhanced_alerts.ingest"):
        listener.flush()
    listener._udp.close()
    listener._tcp.close()

    (record,) = [record for record in caplog.records if record.message == "statsd.refused"]
    because = {"code": "ingest.no_number", "values": {"given": "x"}}
    assert {
        "lines": 1,
        "example": "'waits:x|g': 'x' is no number",
        "code": "ingest.statsd_line",
        "values": {"line": "waits:x|g", "because": because},
    } == record.fields  # type: ignore[attr-defined]
