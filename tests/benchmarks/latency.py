"""
Quiet latency: from XADD to the webhook's receipt, at 1,000 events/s of which 5 a second fire, on real processes.

Each alert is the first of its group, so each goes out at once; everything else is as the product starts it. The floor
does no more than it must: it reads the same events from a consumer group, and POSTs those that matter.
"""

import random
import time

from redis import Redis

from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.store import channel_store, rule_store
from tests.benchmarks import _stage
from tests.benchmarks._stage import Receiver
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.factories import a_rule
from tests.support.processes import wait_ready

PARTITIONS = 8
EVENTS_PER_S, ALERTS_PER_S = 1_000, 5
LASTS_S = 10.0
PLUGINS = 1_000
TICK_S = 0.005
BARE_STREAM = "bench:events"


def run(size: Size) -> list[Figure]:
    lasts_s = max(1.0, LASTS_S * size.scale)
    waits: dict[str, list[float]] = {}
    with (
        _stage.a_stage(PARTITIONS=str(PARTITIONS), GROUP_SECONDS="10") as (redis, system),
        _stage.a_receiver() as to,
        _stage.a_helper("_bare_consumer", system.environment["REDIS_URL"], BARE_STREAM, f"{to.base}/bare") as bare,
    ):
        rule_store.save(redis, a_rule(id="latency", channels=["webhook"], group_by="none", severity="info"))
        channel_store.save(redis, "webhook", {"url": f"{to.base}/product"})
        system.start("evaluator")
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "webhook")
        wait_ready(redis, "evaluator", "router", "worker-webhook")
        assert "ready" == _stage.heard(bare)
        for way in ("product", "bare"):
            _measure(redis, to, way, "warm-up", 1.0)
        for number in range(size.rounds):
            for way in ("product", "bare"):
                found = _measure(redis, to, way, str(number), lasts_s)
                for name, share in (("p50", 0.5), ("p99", 0.99)):
                    waits.setdefault(f"{way} {name}", []).append(_stage.percentile(found, share))
    floor = "a bare XREADGROUP consumer that POSTs at once"
    return [
        Figure(f"latency_{name}", f"latency, XADD to webhook, {name}", "ms", waits[f"product {name}"], floor,
               waits[f"bare {name}"], Target(bound, "at most", "value"),
               note=f"{EVENTS_PER_S:,} events/s, {ALERTS_PER_S} alerts/s, {lasts_s:g} s a round")
        for name, bound in (("p50", 10), ("p99", 40))
    ]  # fmt: skip


def _measure(redis: Redis, to: Receiver, way: str, lap: str, lasts_s: float) -> list[float]:
    """Publish for a while; returns for each alert the ms from before its XADD to its receipt."""
    chance = random.Random(lap)
    to.forget()
    sent_ns: dict[str, int] = {}
    begun = time.monotonic()
    next_alert_s = 0.0
    ordinary = 0
    while (now_s := time.monotonic() - begun) < lasts_s:
        if now_s >= next_alert_s:
            # Not in step with the other events, nor with any clock of the product.
            next_alert_s += chance.uniform(0.5, 1.5) / ALERTS_PER_S
            name = f"alert-{lap}-{way}-{len(sent_ns)}"
            sent_ns[name] = time.monotonic_ns()
            redis.xadd(_stream(way, name), {keys.EVENT_FIELD: encode(Event(name, metrics={"cpu": 95.0}))})
        due = int(now_s * EVENTS_PER_S)
        with redis.pipeline(transaction=False) as pipe:
            for n in range(ordinary, due):
                event = Event(f"plugin-{n % PLUGINS}", metrics={"cpu": 20.0, "mem": 30.0, "disk": 40.0, "load": 0.5})
                pipe.xadd(_stream(way, event.plugin_id), {keys.EVENT_FIELD: encode(event)})
            pipe.execute()
        ordinary = due
        time.sleep(max(0.0, min(TICK_S, begun + next_alert_s - time.monotonic())))
    to.wait(f"/{way}", len(sent_ns))
    return [(at_ns - sent_ns[name]) / 1e6 for at_ns, name in to.taken(f"/{way}")]


def _stream(way: str, plugin_id: str) -> str:
    return keys.events(partition_of(plugin_id, PARTITIONS)) if way == "product" else BARE_STREAM
