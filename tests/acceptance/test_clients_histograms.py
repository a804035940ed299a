"""
Clients that count in buckets: OpenTelemetry's SDK in all of its forms, and Prometheus with classic and native ones.

What an evaluator computes of the interval between two samples is compared with the observations, or with what
Prometheus' own `histogram_quantile` says of the same two samples.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import requests
import yaml
from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import (
    Aggregation,
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
)
from opentelemetry.sdk.resources import Resource
from redis import Redis

from api.read import series
from tests.support import buckets, clients
from tests.support.clients import PROMETHEUS, block, needs
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import PARTITIONS, Points, Receiving, receiving
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.slow


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@pytest.mark.parametrize("exporter", [OTLPMetricExporter, JsonExporter], ids=["protobuf", "json"])
@pytest.mark.parametrize("temporality", list(AggregationTemporality)[1:], ids=["delta", "cumulative"])
@pytest.mark.parametrize(
    ("aggregation", "tolerance"),
    [(ExplicitBucketHistogramAggregation((0.1, 0.5, 0.8, 1.0)), 0.2), (ExponentialBucketHistogramAggregation(), 0.05)],
    ids=["explicit", "exponential"],
)
def test_rule_on_a_quantile_of_opentelemetrys_sdk_fires_and_resolves(
    site: Receiving,
    exporter: type[OTLPMetricExporter] | type[JsonExporter],
    temporality: AggregationTemporality,
    aggregation: Aggregation,
    tolerance: float,
) -> None:
    """The evaluator is killed between two samples; what the next one says needs the one before."""
    site.add_rule(id="slow", metric="http.took_p95", operator=">", threshold=0.7)
    sends = exporter(
        endpoint=f"{site.url}/v1/metrics",
        headers={"Authorization": f"Bearer {site.key}"},
        preferred_temporality={Histogram: temporality},
        preferred_aggregation={Histogram: aggregation},
    )
    reader = PeriodicExportingMetricReader(sends, 3_600_000)
    provider = MeterProvider([reader], Resource({"service.name": "shop", "service.instance.id": "web-1"}))
    took = provider.get_meter("shop").create_histogram("http.took")

    def observe(seconds: float) -> None:
        for _ in range(100):
            took.record(seconds, {"route": "/주문"})
        provider.force_flush()

    def fires() -> bool:
        # The evaluator may not know the rule at the first of these samples.
        observe(0.9)
        return site.kinds("slow") == ["firing"]

    observe(0.05)
    until(fires, "the rule fires", every_s=0.5)
    site.kill_evaluator()
    site.start_evaluator()
    observe(0.05)
    site.wait_for("slow", "firing", "resolved")
    provider.shutdown()

    fired, resolved = site.decided("slow")
    assert "shop/web-1{route=/주문}" == fired.plugin_id
    assert fired.value == pytest.approx(0.9, rel=tolerance)
    assert resolved.value == pytest.approx(0.05, rel=1)
    times = sorted(event.at_ms for event in site.events() if event.histograms)
    assert fired.at_ms in times and all(before < after for before, after in pairwise(times))


QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _prometheus_says(url: str, query: str) -> float:
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=PATIENCE_S).json()
    [result] = answer["data"]["result"]
    return float(result["value"][1])


def _computed(redis: Redis, plugin_id: str, metric: str) -> Points:
    (found,) = series.read(redis, [(plugin_id, metric)], 0, 1 << 50, 10_000, PARTITIONS)
    return dict(found.samples)


@needs(PROMETHEUS)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_quantiles_are_those_of_prometheus_itself(site: Receiving, version: str) -> None:
    """Each scrape brings observations, so each interval has quantiles of its own."""
    port, folder = free_port(), site.folder
    with buckets.target(seed=19) as target_port:
        plugin = f"shop/127.0.0.1:{target_port}"
        for name in ("took_classic", "took_native"):
            site.add_rule(id=name, metric=f"{name}_p95", operator=">", threshold=0)
        remote_write = yaml.safe_load(site.filled(block("prometheus", "yaml", version=version)))
        (entry,) = remote_write["remote_write"]
        entry |= {"send_native_histograms": True, "queue_config": {"batch_send_deadline": "500ms"}}
        scraping = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [f"127.0.0.1:{target_port}"]}]}],
        }
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(scraping | remote_write))
        command = [str(PROMETHEUS), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"]
        command += [f"--storage.tsdb.path={folder / 'tsdb'}", "--enable-feature=native-histograms"]
        url = f"http://127.0.0.1:{port}"
        with clients.running(command, folder / "prometheus.log"):
            for name in ("took_classic", "took_native"):
                until(lambda name=name: len(_computed(site.redis, plugin, f"{name}_p95")) >= 8, name, every_s=0.5)
                site.wait_for(name, "firing")
            times = sorted(
                {event.at_ms for event in site.events() for one in event.histograms if one.name == "took_native"}
            )
            compared = 0
            for name, selector in (("took_classic", "took_classic_bucket"), ("took_native", "took_native")):
                for suffix, q in QUANTILES.items():
                    said = _computed(site.redis, plugin, f"{name}_{suffix}")
                    for before_ms, at_ms in pairwise(times):
                        if at_ms in said:
                            between = f"{selector} @ {at_ms / 1000:.3f} - {selector} @ {before_ms / 1000:.3f}"
                            wanted = _prometheus_says(url, f"histogram_quantile({q}, {between})")
                            assert wanted == pytest.approx(said[at_ms], rel=1e-9), (name, suffix, at_ms)
                            compared += 1

        assert compared >= 6 * 8 - 6
        assert site.decided("took_native")[0].plugin_id == plugin
        assert {"took_classic_count", "took_classic_sum"} < set().union(*(event.metrics for event in site.events()))
