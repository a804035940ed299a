"""Translated rules fire exactly when Prometheus' own expression gives a result: the same samples, at each instant."""

import random
import re
import time
from pathlib import Path

import cramjam
import pytest
import requests

from api.change.prometheus import expressions, selectors
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from ingest.proto import remote_write_pb2
from shared.model.events import Event
from tests.support import clients
from tests.support.clients import PROMETHEUS, needs
from tests.support.factories import a_rule
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.slow

EXPRESSIONS = [
    "a > 50",
    'a{job="x",instance=~"i-.*"} <= 50',
    'a{job=~"y|z"} <= 50',
    "a / b * 100 > 300",
    "a - b > 10 and b < 50",
    "a > 90 or b > 90",
    "a > b * 2",
    "a > 50 unless b > 20",
    "(a > bool 50) + (b > bool 50) == 2",
    "clamp_min(a - b, 0) % 7 >= 3",
    "-a + 3 * abs(b - 40) > 0",
    "avg_over_time(a[2m]) > 50",
    "100 - max_over_time(a[1m]) < 10",
    "min_over_time(a[90s]) * 2 > 30",
    "sum_over_time(b[1m]) > 150",
    "count_over_time(b[2m]) >= 6",
    "stddev_over_time(a[2m]) > 25",
    "rate(c_total[70s]) > 0",
    "delta(a[70s]) < 0",
]
NEEDS_B = re.compile(r"over_time\(b|unless")
STEP_MS = 15_000
INSTANTS = 80
LABELS = {"job": "x", "instance": "i-1"}


def samples() -> list[tuple[int, dict[str, float]]]:
    """Each instant has `a` and a counter that restarts now and then; `b` is missing at some, once for long."""
    chance = random.Random(19)
    begin_ms = int(time.time()) * 1000 - INSTANTS * STEP_MS
    found, counted = [], 0
    for n in range(INSTANTS):
        counted = 0 if chance.random() < 0.05 else counted + chance.choice([0, 0, 3])
        metrics = {"a": float(chance.randint(0, 100))}
        if chance.random() < 0.7 and not 30 < n < 60:
            metrics["b"] = float(chance.randint(1, 100))
        metrics["c_total"] = float(counted)
        found.append((begin_ms + n * STEP_MS, metrics))
    return found


def send(url: str, given: list[tuple[int, dict[str, float]]]) -> None:
    """Write the samples to Prometheus as another Prometheus does."""
    request = remote_write_pb2.Request1()
    for name in ("a", "b", "c_total"):
        series = request.timeseries.add()
        for label, value in sorted({"__name__": name, **LABELS}.items()):
            series.labels.append(remote_write_pb2.Label(name=label, value=value).SerializeToString())
        for at_ms, metrics in given:
            if name in metrics:
                series.samples.add(timestamp=at_ms, value=metrics[name])
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
    requests.post(f"{url}/api/v1/write", body, headers=headers, timeout=PATIENCE_S).raise_for_status()


def in_prometheus(url: str, expression: str, given: list[tuple[int, dict[str, float]]]) -> list[bool]:
    found = []
    with requests.Session() as session:
        for at_ms, _ in given:
            query = {"query": expression, "time": str(at_ms / 1000)}
            answer = session.get(f"{url}/api/v1/query", params=query, timeout=PATIENCE_S).json()
            found.append(bool(answer["data"]["result"]))
    return found


def here(expression: str, given: list[tuple[int, dict[str, float]]]) -> list[bool]:
    """Return after each event whether a rule made of the expression fires."""
    translated = expressions.translate(expression)
    scope = selectors.scope(translated.matchers)
    rule = a_rule(condition=translated.condition, gone_after_seconds=translated.gone_after_s, **scope)
    engine, found = Engine(Index([rule])), []
    for n, (at_ms, metrics) in enumerate(given):
        engine.pass_time(at_ms, Changes())
        event = Event("x/i-1", at_ms=at_ms, metrics=metrics, labels=LABELS, counters=("c_total",))
        engine.apply(event, f"{n}-0", at_ms, Changes())
        snapshots = engine.plugins.by_id["x/i-1"].snapshots.values()
        found.append(any(snapshot.phase == "firing" for snapshot in snapshots))
    return found


@needs(PROMETHEUS)
def test_translated_rules_fire_exactly_when_the_expression_has_a_result(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "prometheus.yml").write_text("{}")
    command = [str(PROMETHEUS), f"--config.file={tmp_path / 'prometheus.yml'}", "--web.enable-remote-write-receiver"]
    command += [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    given = samples()
    with clients.running(command, tmp_path / "prometheus.log"):
        until(lambda: _is_ready(url), "Prometheus is ready", every_s=0.2)
        send(url, given)
        theirs = {expression: in_prometheus(url, expression, given) for expression in EXPRESSIONS}
    ours = {expression: here(expression, given) for expression in EXPRESSIONS}

    # A window is judged when its metric has a new sample, Prometheus lets it slide meanwhile; and `unless` decides
    # nothing while its second metric is missing.
    judged = {
        expression: [n for n, (_, metrics) in enumerate(given) if "b" in metrics or not NEEDS_B.search(expression)]
        for expression in EXPRESSIONS
    }
    for expression in EXPRESSIONS:
        compared = [(n, theirs[expression][n], ours[expression][n]) for n in judged[expression]]

        assert [] == [one for one in compared if one[1] != one[2]], expression
    # An expression that always or never holds would show nothing.
    dull = {expression for expression, holds in theirs.items() if len(set(holds)) == 1}
    assert {'a{job=~"y|z"} <= 50'} == dull


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=PATIENCE_S).ok
    except requests.RequestException:
        return False
