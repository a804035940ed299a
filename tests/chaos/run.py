"""One chaos run: start everything, have things happen and break, let it settle, compare with the model."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import websocket
from redis import Redis
from redis.exceptions import RedisError

from api.auth import access_tokens, api_keys
from archive import opening
from shared.model import route_tree
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import connection, delivery_keys, entry_ids, keys, streams
from shared.store import channel_store, route_store, rule_store
from tests.chaos import aof, archived_records, routed, switches
from tests.chaos import verdict as verdicts
from tests.chaos.archived import judge_archive
from tests.chaos.clocks import CLOCK_LANES, CLOCK_RULES, NAP_LANES
from tests.chaos.destinations import Destinations, destinations
from tests.chaos.faults import Cluster, Fault, monkey
from tests.chaos.fleets import FLEET_RULES, fleets, judge_fleets
from tests.chaos.remote_writes import RW_RULES, Writer
from tests.chaos.scrapes import PAGE_RULES, Pages
from tests.chaos.verdict import Verdict
from tests.chaos.workload import RULES, STORM_RULES, World, run
from tests.support import live_feed
from tests.support.factories import lag
from tests.support.ports import free_port
from tests.support.processes import System, wait_ready
from tests.support.real_server import RealServer
from tests.support.sentinels import Watched, watched
from tests.support.waiting import until

PARTITIONS = 8
CHANNELS = "webhook,slack,web"
SETTLE_S = 150.0
THEMES = ("naps", "clocks", "switches", "stored", "failovers", "writes")
"""
One a seed, in turn. `naps`: evaluators sleep for less than their lease. `clocks`: plugins' clocks step. `switches`: a
channel is switched off and on while its provider breaks off amid sends. `stored`: what evaluators stored of their
partitions turns to garbage as they die. `failovers`: Redis is a master with a replica behind sentinels, which change
places, planned and by death. Its writes are held back then until the replica has all: what replication loses otherwise
is no promise of the product (docs/reliability.md). `writes`: all of `ingest` is away for some seconds, again and again.
"""
SERVER = ("--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
"""The log of writes is never rewritten: the judge reads it."""

Say = Callable[[str], None]


def theme_of(seed: int) -> str:
    """Return what a seed is about."""
    return THEMES[seed % len(THEMES)]


def chaos(
    folder: Path,
    seed: int,
    seconds: float,
    say: Say,
    *,
    themes: Collection[str] = (),
    lanes: int = 3,
    plugins: int = 200,
    breaker: Callable[[Cluster, int, float, Say], None] = monkey,
) -> Verdict:
    """
    Run once.

    Args:
        folder: For the server's data and every process's log.
        seconds: How long things happen and break; starting and settling come on top.
        themes: What happens or breaks besides the usual; see `THEMES`.
        breaker: What is done to the cluster (given with the seed) until an instant (monotonic seconds).
    """
    stack = ExitStack()
    server: RealServer | Watched
    if "failovers" in themes:
        server = stack.enter_context(watched(folder, *SERVER))
        folders = [one.folder for one in server.servers]
    else:
        server, folders = RealServer(folder, *SERVER), [folder]
        server.start()
        stack.callback(server.stop, kill=True)
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    system = System(
        server.url,
        folder,
        **ports,
        API_REQUESTS_PER_SECOND="1000",
        OPERATOR_CHANNELS="web",
        DATA_DIR=str(folder / "var"),
    )
    cluster = Cluster(system, server)
    redis = connection.connect(server.url, retries=3)
    try:
        with destinations(cluster.senders) as heard:
            rule_store.save_many(
                redis,
                [
                    *(*STORM_RULES, *CLOCK_RULES, *FLEET_RULES, *RW_RULES, *PAGE_RULES),
                    *(make(n) for make in RULES.values() for n in range(lanes)),
                ],
            )
            channel_store.save(redis, "webhook", heard.webhook)
            channel_store.save(redis, "slack", heard.slack)
            route_store.save(redis, route_tree.parse(routed.TREE))
            names = CHANNELS
            if "switches" in themes:
                names += ",discord"
                rule_store.save(redis, switches.SWITCHED_RULE)
                channel_store.save(redis, "discord", heard.discord)
            begun = time.monotonic()
            ingest_ports = [free_port(), free_port()]
            cluster.start(channels=names, ingest_ports=ingest_ports)
            workers = [f"worker-{name}" for name in names.split(",")]
            wait_ready(redis, "evaluator", "router", "ingest", *workers, count=2, deadline_s=120)
            wait_ready(redis, "api", "relay", "recorder", deadline_s=120)
            say(f"seed {seed}: {len(cluster.members)} processes ready after {time.monotonic() - begun:.1f} s")
            token = access_tokens.issue(redis, "chaos", "admin", 86_400)
            key = api_keys.create(redis, "chaos writer", "publisher", 1)[1]
            base = f"http://127.0.0.1:{ports['API_PORT']}/api/enhanced-alerts"
            listener = Listener(f"ws://127.0.0.1:{ports['RELAY_PORT']}/live", token)
            listener.start()
            # What the feed said before it joined, it need not know; nothing happens before that.
            until(lambda: listener.first, "the listener has joined")
            over_at = time.monotonic() + seconds
            world = World(server.url, base, token, seed, over_at)
            cluster.themes = set(themes)
            faults = threading.Thread(target=breaker, args=(cluster, seed, over_at, say), daemon=True)
            faults.start()
            pulse = threading.Thread(target=_feel_pulse, args=(server.url, cluster), daemon=True)
            pulse.start()
            addresses = [f"http://127.0.0.1:{port}" for port in ingest_ports]
            writer = Writer(addresses, key)
            stack.callback(writer.stop)
            pages = Pages(stack, seed)
            sender = routed.Sender(addresses, key)
            foreign = {"remote writes": writer.lane, "pages": pages.lane, "routed": sender.lane}
            more = {**NAP_LANES, **foreign, "fleets": fleets, **(CLOCK_LANES if "clocks" in themes else {})}
            if "switches" in themes:
                more["switches"] = switches.lane(heard)
            run(world, lanes, plugins, events_per_s=80, once=more)
            faults.join()
            cluster.calm_down()
            outcome = Verdict()
            outcome.problems += [*world.problems, *cluster.problems]
            _drain(writer, outcome)
            # Nothing new comes now, neither from a page nor from a request that was under way.
            cluster.rest("ingest")
            archive = folder / "var" / opening.FILE
            _settle(redis, world, listener, archive, outcome, say)
            _compare(
                redis, world, cluster, heard, listener, _deaf_ms(system), cluster.marks | aof.marked(*folders), outcome
            )
            archived_records.judge(
                archived_records.read(archive, PARTITIONS), verdicts.found_alerts(redis), heard.words, outcome
            )
            heard_at = _published(redis)
            writer.judge(world.stories, heard_at, outcome)
            pages.judge(heard_at, outcome)
            sender.judge(verdicts.found_alerts(redis), outcome)
            outcome.counts["foreign_alerts"] = sum(
                one.alert.plugin_id.startswith(verdicts.FOREIGN) for one in verdicts.found_alerts(redis)
            )
            judge_archive(redis, archive, PARTITIONS, outcome)
            verdicts.judge_themes(themes, cluster.faults, verdicts.found_alerts(redis), outcome)
            outcome.counts["faults"] = sum(fault.kind != "standstill" for fault in cluster.faults)
            outcome.counts["standstills"] = sum(fault.kind == "standstill" for fault in cluster.faults)
            _read_logs(system, cluster, outcome)
            listener.stop()
            world.publisher.close()
    finally:
        cluster.end()
        stack.close()
    return outcome


class Listener(threading.Thread):
    """A browser: hears the feed, and comes back with the last id it saw whenever it is cut off."""

    def __init__(self, address: str, token: str) -> None:
        super().__init__(name="listener", daemon=True)
        self.first = ""
        """The position at which it joined."""
        self.seen: list[str] = []
        self.resets = 0
        self.cuts = 0
        self._address = address
        self._header = [f"Authorization: Bearer {token}"]
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            with suppress(OSError, websocket.WebSocketException, ValueError):
                self._hear()
            self.cuts += 1
            self._over.wait(0.2)

    def stop(self) -> None:
        self._over.set()

    @property
    def position(self) -> str:
        return self.seen[-1] if self.seen else self.first

    def _hear(self) -> None:
        since = f"?since={self.position}" if self.position else ""
        feed = websocket.create_connection(self._address + since, timeout=25, header=self._header, suppress_origin=True)
        try:
            while not self._over.is_set():
                frame = json.loads(feed.recv())
                if frame["type"] == "hello":
                    self.first = self.first or frame["id"]
                elif frame["type"] == "reset":
                    self.resets += 1
                elif "id" in frame:
                    self.seen.append(frame["id"])
        finally:
            feed.close(timeout=1)


STANDSTILL_S = 2.0


def _feel_pulse(url: str, cluster: Cluster) -> None:
    """Note when Redis, or the machine, stands still on its own account: that too keeps a sender from noting a send."""
    redis = connection.connect(url, timeout_s=60.0)
    while not cluster.is_over:
        begun = time.monotonic()
        with suppress(RedisError):
            redis.set("chaos:pulse", "")
        time.sleep(0.2)
        if (now := time.monotonic()) - begun > STANDSTILL_S:
            cluster.faults.append(Fault("standstill", "machine", [], begun, now))
    redis.close()


def _drain(writer: Writer, outcome: Verdict) -> None:
    """Wait until the sender holds nothing any more."""
    end = time.monotonic() + SETTLE_S
    while writer.held and time.monotonic() < end:
        time.sleep(0.1)
    if writer.held:
        outcome.problems.append(f"the sender still holds {writer.held} samples after {SETTLE_S:g} s")


def _settle(redis: Redis, world: World, listener: Listener, archive: Path, outcome: Verdict, say: Say) -> None:
    begun = time.monotonic()

    def newest(stream: str) -> str:
        last = redis.xrevrange(stream, count=1)
        return last[0][0].decode() if last else "0-0"

    def unrouted() -> list[int]:
        cursors = {int(p): i.decode() for p, i in redis.hgetall(keys.router_cursors()).items()}
        return [
            p
            for p in range(PARTITIONS)
            if entry_ids.order_of(cursors.get(p, "0-0")) < entry_ids.order_of(newest(keys.outbox(p)))
        ]

    left: dict[str, object] = {}
    while time.monotonic() - begun < SETTLE_S:
        with suppress(RedisError):
            left = {
                "unsent events": not world.publisher.flush(1.0),
                "lag": lag(redis, PARTITIONS),
                "unrouted partitions": unrouted(),
                "commands": redis.xlen(keys.commands()),
                "due groups": redis.zcard(delivery_keys.due_groups()),
                "unseen feed": listener.position != newest(keys.feed()),
                "unrecorded": not archived_records.is_recorded(redis, archive, PARTITIONS),
            }
            if not any(left.values()):
                say(f"settled after {time.monotonic() - begun:.1f} s")
                outcome.counts["settled_ms"] = int((time.monotonic() - begun) * 1000)
                return
        time.sleep(0.3)
    outcome.problems.append(f"not settled after {SETTLE_S:g} s: { {k: v for k, v in left.items() if v} }")


def _compare(
    redis: Redis,
    world: World,
    cluster: Cluster,
    heard: Destinations,
    listener: Listener,
    deaf_ms: Mapping[int, int],
    marks: Collection[tuple[str, str]],
    outcome: Verdict,
) -> None:
    found = verdicts.found_alerts(redis)
    heard_at = _published(redis)
    published = {plugin_id: [event.at_ms for _, event in events] for plugin_id, events in heard_at.items()}
    verdicts.judge_log(world.stories, published, outcome)
    for plugin_id, story in world.stories.items():
        story.hear(heard_at.get(plugin_id, []))
    forgiven = {plugin_id: deaf_ms.get(partition_of(plugin_id, PARTITIONS), 0) for plugin_id in world.stories}
    ours = verdicts.without_own(found, cluster.planted, outcome, cluster.themes)
    ours = judge_fleets(ours, heard_at, max(deaf_ms.values(), default=0), outcome)
    verdicts.judge_alerts(world.stories, ours, outcome, forgiven)
    entries = [
        (entry_id, kind, (data or {}).get("id", ""))
        for entry_id, kind, data in live_feed.entries(redis, since=f"({listener.first}")
    ]
    verdicts.judge_feed(entries, listener.seen, found, outcome)
    silenced = {one.alert.id for one in found if (one.alert.plugin_id, one.alert.started_at_ms) in world.silenced}
    listeners = verdicts.expected_listeners(found, ("webhook", "slack", "discord"))
    verdicts.judge_words(heard.words, found, cluster.faults, silenced, listeners, outcome, marks)
    stats = world.publisher.stats
    outcome.problems += [f"publisher: {n} {stats[n]}" for n in ("dropped", "rejected") if stats[n]]
    if listener.resets:
        outcome.problems.append(f"the feed was reset {listener.resets} times")
    if dead := redis.zcard(delivery_keys.dead_notifications()):
        outcome.problems.append(f"{dead} notifications were given up")
    letters = [fields for p in range(PARTITIONS) for _, fields in redis.xrange(keys.dead_letters(p))]
    reasons = [fields.get(b"reason", b"").decode() for fields in letters]
    verdicts.judge_dead_letters(reasons, cluster.planted, outcome)
    fired = sum(int(redis.hget(key, "fired") or 0) for key in redis.scan_iter(keys.statistics_hour(0)[:-1] + "*"))
    if fired != (want := sum(one.kinds.count("firing") for one in found)):
        outcome.problems.append(f"the statistics count {fired} firings, and not {want}")
    outcome.counts |= {"acts": world.acts, "cuts": listener.cuts}


def _deaf_ms(system: System) -> dict[int, int]:
    """Return for how long, in all, nobody listened to each partition and was forgiven."""
    found: dict[int, int] = defaultdict(int)
    for line in system.logs().splitlines():
        with suppress(ValueError, TypeError, KeyError):
            record = json.loads(line)
            if record["event"] == "partition.taken":
                found[record["partition"]] += record["forgiven_ms"]
    return found


def _published(redis: Redis) -> dict[str, list[tuple[int, Event]]]:
    """Return what came of each plugin, and when by the server's clock."""
    found: dict[str, list[tuple[int, Event]]] = defaultdict(list)
    for p in range(PARTITIONS):
        for entry_id, fields in redis.xrange(keys.events(p)):
            if body := fields.get(keys.EVENT_FIELD):
                heard_ms = int(entry_id.partition(b"-")[0])
                for event in streams.decode(body, heard_ms)[0]:
                    found[event.plugin_id].append((heard_ms, event))
    return found


BUGS = (
    "partition.failed",
    "event.failed",
    "hub.failed",
    "unreadable.parked",
    "transition.failed",
    "rule.unreadable",
    "worker.crashed",
)
BUGS += ("delivery.crashed", "delivery.repaired", "router.failed")


def _read_logs(system: System, cluster: Cluster, outcome: Verdict) -> None:
    """A bug that was caught is a bug; and what was repaired should not have been broken."""
    planted = cluster.planted["outbox"]
    counts: dict[str, int] = defaultdict(int)
    for line in system.logs().splitlines():
        with suppress(ValueError, TypeError):
            event = json.loads(line)["event"]
            if event == "rule.unreadable" and cluster.planted["rule"] and "rule ghost-" in line:
                continue
            if event in BUGS:
                counts[f"{event}: {line[:1500]}"] += 1
    parked = [name for name in counts if name.startswith("unreadable.parked")]
    if len(parked) <= planted:
        for name in parked:
            del counts[name]
    if cluster.planted["checkpoint"] and '"stored.unreadable"' not in system.logs():
        outcome.problems.append(f"{cluster.planted['checkpoint']} checkpoints were garbled, and nobody found any")
    outcome.problems += [f"logged: {line} ({count} times)" for line, count in counts.items()]
