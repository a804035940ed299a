"""
How processes share processors and memory. No result depends on it.

The gains are in docs/performance.md.
"""

import gc
import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Of dispatch workers, the relay and the recorder."""


def yield_to_deciders() -> None:
    """
    Let evaluators and the router go first where processors are scarce.

    A decision is safe in Redis and can be sent a moment later. An event that waits for its decision delays everybody,
    including those who have nothing to do with a storm.
    """
    os.nice(NICENESS)
    # In the session of `up`, this would slow evaluators and router too.
    if os.getsid(0) == os.getpid():
        weigh_session(os.getpid())


def weigh_session(pid: int) -> None:
    """
    Give the session of a process `NICENESS`, where Linux shares processors among sessions (sched(7), autogroup).

    There, the niceness of a process counts within its session alone.
    """
    autogroup = Path(f"/proc/{pid}/autogroup")
    if autogroup.exists():
        with suppress(OSError):
            autogroup.write_text(str(NICENESS), "ascii")


def collect_rarely() -> None:
    """
    Have Python look for garbage cycles a tenth as often as by default. Call it once, after all imports.

    Most of what a batch allocates is freed with the batch. By default, up to a tenth of a worker's time in a storm is
    spent on walking objects that live long.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
