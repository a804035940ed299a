"""A dead host is one alert: from remote write to the webhook, and through the deaths of routers."""

import time
from pathlib import Path

import cramjam
import pytest
import requests
from msgspec import structs
from redis import Redis

from api.auth import api_keys
from api.read import heard
from ingest.proto import remote_write_pb2 as messages
from shared import crash_points
from shared.clock import SystemClock
from shared.model import silences
from shared.model.alerts import Policy, Transition
from shared.redis import delivery_keys, keys
from shared.store import alert_store, channel_store, rule_store, silence_store
from tests.support.delivery import a_transition, decided
from tests.support.factories import a_rule
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.routing import RunningRouter, fired, routed, stored
from tests.support.servers import http_server
from tests.support.waiting import PATIENCE_S, until

HOST = "node/web-1:9100"
DISKS = [f"{HOST}{{device=sd{letter}}}" for letter in "abcdefghij"]
EQUAL = Policy(inhibited_by=["host_down"], equal=["instance"])


class Prometheus:
    """Writes what a scrape of one host found."""

    def __init__(self, redis: Redis, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/write"
        _, self._key = api_keys.create(redis, "prometheus", "publisher", 1)
        self._at_ms = int(time.time() * 1000)

    def write(self, up: float | None = None, **free_by_device: float) -> None:
        self._at_ms += 1
        request = messages.Request1()
        found = [({"__name__": "node_free", "device": name}, value) for name, value in free_by_device.items()]
        found += [({"__name__": "up"}, up)] if up is not None else []
        for own, value in found:
            series = request.timeseries.add()
            for name, text in {**own, "job": "node", "instance": "web-1:9100"}.items():
                series.labels.append(messages.Label(name=name, value=text).SerializeToString())
            series.samples.add(timestamp=self._at_ms, value=value)
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
        }
        body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
        requests.post(self._url, data=body, headers=headers, timeout=PATIENCE_S).raise_for_status()


def devices(value: float, names: str = "abcdefghij") -> dict[str, float]:
    return {f"sd{letter}": value for letter in names}


def states(redis: Redis) -> dict[str, tuple[str, bool]]:
    """Return plugin → state and whether the alert is held back, of the board."""
    return {alert.plugin_id: (alert.state, bool(alert.suppressed)) for alert in alert_store.active(redis)}


@pytest.mark.slow
@pytest.mark.parametrize("point", ["router.before_exec", "router.after_exec"])
def test_dead_host_is_told_once_and_its_full_disk_when_it_is_back(
    redis: Redis, server: RealServer, tmp_path: Path, point: str
) -> None:
    marker, port = tmp_path / "reached", free_port()
    about = {"channels": ["webhook"], "group_by": "none"}
    rule_store.save(redis, a_rule(id="host_down", metric="up", operator="<", threshold=1, **about))
    disk = {"metric": "node_free", "operator": "<", "threshold": 10, "inhibited_by": ["host_*"], "equal": ["instance"]}
    rule_store.save(redis, a_rule(id="disk_full", **disk, **about))
    with http_server() as hook, a_system(server.url, tmp_path, INGEST_PORT=str(port), STATSD_PORT="0") as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        for name in (("evaluator",), ("dispatchers", "worker", "--channels", "webhook"), ("ingest",)):
            system.start(*name)
        router = system.start("dispatchers", "router")
        wait_ready(redis, "evaluator", "worker-webhook", "ingest", "router")
        prometheus = Prometheus(redis, port)
        prometheus.write(up=1, **devices(50))

        prometheus.write(up=0)
        until(lambda: hook.told() == [("firing", HOST)], "the host is told")
        router.kill()
        system.start("dispatchers", "router", **{crash_points.VARIABLE: f"{point}={marker}"})
        prometheus.write(**devices(5))
        until(marker.exists, f"{point} is reached")
        system.start("dispatchers", "router")
        until(lambda: states(redis) == {HOST: ("firing", False), **dict.fromkeys(DISKS, ("firing", True))}, "all held")
        [host] = [alert for alert in alert_store.active(redis) if alert.plugin_id == HOST]
        disks = {alert.plugin_id: alert for alert in alert_store.active(redis) if alert.plugin_id != HOST}

        prometheus.write(**devices(50, "abcdefghi"))
        until(lambda: set(states(redis)) == {HOST, DISKS[9]}, "nine disks are well again")
        prometheus.write(up=1)
        until(lambda: states(redis) == {DISKS[9]: ("firing", False)}, "the disk that is still full is let through")
        until(lambda: ("firing", DISKS[9]) in hook.told(), "it is told")
        prometheus.write(sdj=50)
        until(lambda: not redis.zcard(keys.active_alerts()), "all is well")
        until(lambda: not redis.zcard(delivery_keys.due_groups()), "all told")
        until(lambda: len(heard.plugins(redis)) == 11, "all plugins are on their page")
        parents = {plugin["plugin_id"]: plugin["parent_id"] for plugin in heard.plugins(redis)}

    both = (HOST, DISKS[9])
    assert [*(("firing", plugin) for plugin in both), *(("resolved", plugin) for plugin in both)] == sorted(hook.told())
    for alert in disks.values():
        held = [line for line in alert_store.timeline(redis, alert.id) if line.kind == "suppressed"]
        assert [("inhibited", host.id)] == [(line.by, line.reason_values["alert_id"]) for line in held]
        assert (HOST, HOST) == (alert.parent_id, parents[alert.plugin_id])


def disk(n: int, kind: str = "firing", policy: Policy = EQUAL, severity: str = "error") -> Transition:
    """Put a transition of a disk's alert into the outbox, in the words of the host's labels."""
    about = {"rule_id": "disk_full", "labels": {"instance": "w"}, "policy": policy, "severity": severity}
    return a_transition(kind, n, channels=["web"], **about)


def held_back(redis: Redis) -> set[str]:
    return {alert.id for alert in alert_store.active(redis) if "inhibited" in alert.suppressed}


def test_effects_in_later_batches_are_held_back_too(redis: Redis, server: RealServer) -> None:
    host = a_transition("firing", 0, rule_id="host_down", labels={"instance": "w"}, channels=["web"])
    decided(redis, host, *(disk(n) for n in range(1, 301)))
    with RunningRouter(server.url):
        until(lambda: routed(redis))

    assert {f"alert{n}" for n in range(1, 301)} == held_back(redis)
    assert {"alert0"} == {alert.id for alert in alert_store.active(redis) if alert.let_through_at_ms}


def test_of_a_rule_that_names_itself_the_next_alert_is_let_through_when_one_ends(
    redis: Redis, server: RealServer
) -> None:
    among = Policy(inhibited_by=["disk_full"], equal=["instance"])
    last = fired(99, rule_id="other", severity="info", plugin_id="last")
    stored(redis, last)
    with RunningRouter(server.url):
        decided(redis, *(disk(n, policy=among) for n in range(5)))
        until(lambda: {f"alert{n}" for n in range(1, 5)} == held_back(redis))
        decided(redis, disk(0, "resolved", among))
        until(lambda: len(held_back(redis)) < 4)
        matcher = {"name": "plugin_id", "value": "last"}
        now_ms = SystemClock().now_ms()
        times = {"starts_at_ms": now_ms - 1_000, "ends_at_ms": now_ms + 600_000}
        silence_store.save(redis, silences.parse({"matchers": [matcher], "comment": "a round is over", **times}))
        # The weakest alert is looked at last.
        until(lambda: "silenced" in alert_store.get(redis, last.id).suppressed)

        assert 3 == len(held_back(redis))


def test_router_that_is_active_again_knows_what_another_router_wrote(redis: Redis, server: RealServer) -> None:
    with RunningRouter(server.url):
        decided(redis, a_transition("firing", 1, rule_id="before", channels=["web"]))
        until(lambda: routed(redis))
        # Another router routes the host's alert, and dies.
        host = fired(2, rule_id="host_down", labels={"instance": "w"})
        stored(redis, structs.replace(host, id="host"))
        fence = int(redis.get(keys.router_fence()) or 0)
        redis.delete(keys.router_lease())
        until(lambda: int(redis.get(keys.router_fence()) or 0) > fence, "the router is active again")
        decided(redis, disk(3))
        until(lambda: alert_store.read(redis.get(keys.alert("alert3"))))

        assert {"alert3"} == held_back(redis)
