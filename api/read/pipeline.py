"""Whether events are evaluated, alerts routed and messages delivered now, and if not, since when. One round trip."""

from collections.abc import Iterable
from typing import Any

from redis import Redis

from shared import process
from shared.model.processes import ProcessReport
from shared.redis import keys


def state(redis: Redis, partitions: int, now_ms: int) -> dict[str, dict[str, Any]]:
    """
    Return for `evaluator`, `router` and `worker` whether its work is done: `ready` and `since_ms`.

    `since_ms` is the instant at which the work was last known to be done, null if it is done now or that is not known.
    An evaluator that stands still loses its leases within seconds, and so do the partitions that nobody took over.
    """
    alive, silent = process.reports(redis, now_ms), process.stale(redis, now_ms)
    with redis.pipeline(transaction=False) as pipe:
        for p in range(partitions):
            pipe.exists(keys.lease(p))
            pipe.get(keys.alive(p))
        pipe.exists(keys.router_lease())
        *of_partitions, is_routed = pipe.execute()
    owned, heard = of_partitions[::2], of_partitions[1::2]
    unowned = [_instant(last) for has_owner, last in zip(owned, heard, strict=True) if not has_owner]
    found: dict[str, dict[str, Any]] = {}
    for name, is_done in (("evaluator", not unowned), ("router", bool(is_routed)), ("worker", True)):
        mine = [report for report in alive if report.component == name]
        ready = is_done and any(report.ready for report in mine)
        last = _last_report(name, [*mine, *silent])
        known = [at_ms for at_ms in (unowned if name == "evaluator" else []) if at_ms] or ([last] if last else [])
        found[name] = {"ready": ready, "since_ms": None if ready or not known else min(known)}
    return found


def _last_report(name: str, reports: Iterable[ProcessReport]) -> int:
    return max((report.at_ms for report in reports if report.component == name), default=0)


def _instant(text: bytes | None) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 16 else 0
