"""Four metrics of made-up hosts, like those of real ones: a noisy percentage, a slow one, a counter and a rate."""

import json
import math
import random
from collections.abc import Iterator

from archive.journal import Entry

INTERVAL_MS = 30_000
METRICS = ("cpu_percent", "memory_percent", "disk_used_bytes", "network_kb_per_s")


def entries(plugins: int, from_ms: int, to_ms: int, seed: int = 1) -> Iterator[Entry]:
    """Yield the stream entries of some plugins, each of which publishes every 30 seconds."""
    dice = random.Random(seed)
    disk = [dice.randrange(10**10, 10**12) for _ in range(plugins)]
    for at_ms in range(from_ms, to_ms, INTERVAL_MS):
        day = math.sin(at_ms / 86_400_000 * 2 * math.pi)
        for number in range(plugins):
            disk[number] += dice.choice((0, 0, 4_096, 8_192))
            body = {
                "plugin_id": f"host-{number}",
                "at_ms": at_ms + number,
                "metrics": {
                    "cpu_percent": round(min(100.0, abs(30 + 15 * day + dice.gauss(0, 6))), 1),
                    "memory_percent": round(60 + 5 * day + number % 7 + dice.gauss(0, 0.05), 2),
                    "disk_used_bytes": disk[number],
                    "network_kb_per_s": round(abs(200 + 80 * day + dice.gauss(0, 40)), 2),
                },
            }
            yield f"{at_ms + number + dice.randrange(1, 40)}-{number}".encode(), [b"e", json.dumps(body).encode()]
