"""The producer's loop: poll each source at its interval and publish what it found. Shell."""

from collections.abc import Sequence

from producers.publisher import Publisher
from producers.source import Source
from shared.clock import Clock
from shared.log import Logger
from shared.loops import Loop, Stop, for_each
from shared.model.events import Event
from shared.process import Heartbeat

LONGEST_WAIT_S = 5.0
"""So that the loop turns often enough to be known to turn, however seldom its sources are asked."""


def collect(
    sources: Sequence[Source], publisher: Publisher, clock: Clock, log: Logger, heartbeat: Heartbeat, stop: Stop
) -> None:
    """
    Poll until *stop*. A source that fails is logged and counted, and tried again at its next turn; one that hangs, or
    anything else that keeps the loop from turning, makes the process one that is not ready.
    """
    due = [0.0] * len(sources)
    elapsed_s = 0.0

    def turn() -> None:
        nonlocal elapsed_s
        for i, source in enumerate(sources):
            if due[i] <= elapsed_s:
                due[i] = elapsed_s + source.interval_s
                _poll(source, publisher, clock, log, heartbeat)
        heartbeat.counters.update(
            {k: v - heartbeat.counters[k] for k, v in publisher.stats.items() if k != "last_error"}
        )
        if not heartbeat.ready and publisher.flush(timeout_s=1.0):
            heartbeat.mark_ready()
        wait_s = min(LONGEST_WAIT_S, max(0.1, min(due, default=LONGEST_WAIT_S) - elapsed_s))
        stop.wait(wait_s)
        elapsed_s += wait_s

    loop = Loop("collect", turn, log, counters=heartbeat.counters)
    heartbeat.follow(loop)
    loop.run(stop)


def _poll(source: Source, publisher: Publisher, clock: Clock, log: Logger, heartbeat: Heartbeat) -> None:
    try:
        for_each(source.poll(clock.now_ms()), lambda event: _publish(publisher, event))
    except Exception as error:
        heartbeat.counters["source_failures"] += 1
        log.error("source.failed", exception=error, source=type(source).__name__)


def _publish(publisher: Publisher, event: Event) -> None:
    publisher.publish(
        event.plugin_id,
        event.plugin_name,
        event.metrics,
        event.states,
        [{"type": e.type, "message": e.message, "count": e.count} for e in event.errors],
        event.labels,
        event.at_ms,
    )
