"""
Tuning: after a large delivery, the next one waits for a moment.

More news is then on its way. The pause makes requests fewer and larger, and leaves the processor to the router
meanwhile. Benchmark rows: "storm: board complete" and "storm: webhook notified of every alert".
"""

import time

ALERTS = 50
"""A delivery of so many alerts is part of a burst."""
PAUSE_S = 0.02
"""0 switches the pause off."""


def pause_after(alerts: int) -> None:
    """Wait for a moment if a delivery of *alerts* alerts was part of a burst."""
    if PAUSE_S and alerts >= ALERTS:
        time.sleep(PAUSE_S)
