"""`python -m tests.support.senders.otel FOLDER`: a program with OpenTelemetry's SDK, configured by its environment."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader

from tests.support.senders.measured import Measured


def exporter() -> MetricExporter:
    if os.environ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] == "http/json":
        from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter as JsonExporter

        return JsonExporter()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return OTLPMetricExporter()


def main(folder: Path) -> None:
    logging.basicConfig(level=logging.INFO)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    measured = Measured(folder)
    provider = MeterProvider([PeriodicExportingMetricReader(exporter())])
    meter = provider.get_meter("shop")
    orders = meter.create_counter("shop.orders")

    def count(_: CallbackOptions) -> Iterable[Observation]:
        orders.add(1)
        yield Observation(measured.measure())

    def free(_: CallbackOptions) -> Iterable[Observation]:
        yield Observation(measured.free())

    meter.create_observable_gauge("shop.free", [free])
    meter.create_observable_gauge("shop.count", [count])
    stop.wait()
    provider.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
