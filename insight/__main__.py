"""
`python -m insight`: the analysis process, which an API process starts on demand, and which ends by itself.

Its arguments are the process that started it, and which of the two analysis processes this is: the one for backtests,
or the one for everything else. When the process that started it ends, so does this one.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from archive import opening
from insight import answering
from insight.worker import Progress, TooLong, Worker
from shared import operator_language, startup, tuning
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import unique_name
from shared.redis.analysis_keys import BACKTESTS, Lane
from shared.settings import Settings
from shared.store.analyses import Answer

LIMIT_S = 20.0
"""Of one question; those of a year take a second."""
BACKTEST_LIMIT_S = 180.0
"""Of one backtest: a week of a thousand series takes up to a minute."""
MOST_MEGABYTES = 1_024
"""Of address space: 200,000 alerts with all of their notifications take a quarter of it."""
PARENT_S = 0.5
_CRASHED = 70


def main() -> int:
    """Answer until nobody asks. Returns the exit code."""
    parent = int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid()
    lane: Lane = BACKTESTS if sys.argv[2:3] == [BACKTESTS] else ""
    try:
        settings, logger = startup.begin("insight")
        stop = Stop()
        redis = startup.join(settings, logger)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    tuning.yield_to_deciders()
    _bound_memory()
    threading.Thread(target=_follow, args=(parent, stop), name="parent", daemon=True).start()
    place = opening.place_of(settings)
    worker = Worker(
        redis,
        unique_name(),
        partial(_answer, place=place, settings=settings),
        logger,
        limit_s=BACKTEST_LIMIT_S if lane else LIMIT_S,
        most_megabytes=MOST_MEGABYTES,
        limited=limited,
        end=partial(os._exit, _CRASHED),
        lane=lane,
    )
    worker.run(stop)
    return 0


def _answer(question: bytes, progress: Progress, place: Path | str, settings: Settings) -> Answer:
    gather_ms = int(settings.group_seconds * 1000)
    return answering.answer(question, place, SystemClock().now_ms(), settings.partitions, gather_ms, progress)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TooLong` in the block after so many seconds; for the main thread."""

    def ring(_number: int, _frame: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _bound_memory() -> None:
    # A system that does not bound address space has other means.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEGABYTES * 1_048_576, resource.RLIM_INFINITY))


def _follow(parent: int, stop: Stop) -> None:
    while not stop.wait(PARENT_S):
        if os.getppid() != parent:
            stop.set()


if __name__ == "__main__":
    sys.exit(main())
