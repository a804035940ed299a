"""The producer's loop: poll each source at its interval and publish what it found. Shell."""

from collections.abc import Sequence

from producers.publisher import Publisher
from producers.source import Source
from shared.clock import Clock
from shared.log import Logger
from shared.process import Heartbeat, Stop


def collect(
    sources: Sequence[Source], publisher: Publisher, clock: Clock, log: Logger, heartbeat: Heartbeat, stop: Stop
) -> None:
    """Poll until *stop*. A source that fails is logged and counted, and tried again at its next turn."""
    due = [0.0] * len(sources)
    elapsed_s = 0.0
    while not stop:
        for i, source in enumerate(sources):
            if due[i] <= elapsed_s:
                due[i] = elapsed_s + source.interval_s
                _poll(source, publisher, clock, log, heartbeat)
        heartbeat.counters.update(
            {k: v - heartbeat.counters[k] for k, v in publisher.stats.items() if k != "last_error"}
        )
        if not heartbeat.ready and publisher.flush(timeout_s=1.0):
            heartbeat.mark_ready()
        wait_s = max(0.1, min(due) - elapsed_s)
        stop.wait(wait_s)
        elapsed_s += wait_s


def _poll(source: Source, publisher: Publisher, clock: Clock, log: Logger, heartbeat: Heartbeat) -> None:
    try:
        for event in source.poll(clock.now_ms()):
            publisher.publish(
                event.plugin_id,
                event.plugin_name,
                event.metrics,
                event.states,
                [{"type": e.type, "message": e.message, "count": e.count} for e in event.errors],
                event.labels,
                event.at_ms,
            )
    except Exception as error:
        heartbeat.counters["source_failures"] += 1
        log.error("source.failed", exception=error, source=type(source).__name__)
