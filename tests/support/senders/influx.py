"""
`python -m tests.support.senders.influx FOLDER CODE`: a program that writes points with `influxdb-client` in batches.

CODE is what the document tells a reader to write; it makes `client`.
"""

import logging
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from influxdb_client import Point, WriteOptions

from tests.support.senders.measured import Measured

EVERY_S = 0.2


def main(folder: Path, code: str) -> None:
    logging.basicConfig(level=logging.INFO)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    measured = Measured(folder)
    names: dict[str, Any] = {}
    exec(code, names)
    client = names["client"]
    # The library's own batches and attempts, sooner.
    options = WriteOptions(
        batch_size=5, flush_interval=200, jitter_interval=0, retry_interval=200, max_retry_delay=500, max_retries=1_000
    )
    with client, client.write_api(write_options=options) as api:
        while not stop.wait(EVERY_S):
            point = (
                Point("shop").tag("host", "shop-1").field("free", measured.free()).field("count", measured.measure())
            )
            # The time is that of the measurement, and not that of the attempt that succeeds.
            api.write("metrics", record=point.time(time.time_ns()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
