"""What is done to the system in a chaos run, and the processes it is done to."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import RedisError

from shared.model.partitions import DEFAULT_PARTITIONS as PARTITIONS
from shared.redis import connection, keys
from tests.chaos import aof
from tests.support.processes import Process, System
from tests.support.real_server import RealServer
from tests.support.sentinels import Watched

FOREVER = float("inf")
FIRST = {"naps": "nap", "stored": "stored", "failovers": "server", "writes": "away"}
"""Theme → the kind of blow that comes first."""
NAP_S = 1.4
"""Less than the lease of a chaos run, 2 s, and what an evaluator may need to renew it."""
AWAY_S = 12.0
HAPPENS_S = 20.0
"""Within this time the kernel must have done what it was told."""


@dataclass
class Fault:
    """One blow: what, to whom, and from when to when (monotonic seconds)."""

    kind: str
    """
    `kill`, `stop` (SIGSTOP, then SIGCONT), `nap` (the same, of evaluators, shorter than a lease), `end` (SIGTERM),
    `away` (all processes of a component were killed, and stayed away), `server` (it was killed and started again, or
    failed over), `unreadable` (an entry nobody can read was planted), `standstill` (of its own accord), or `none`
    (there was nobody to strike).
    """
    component: str
    pids: list[int]
    begun: float
    ended: float = FOREVER


@dataclass
class Member:
    """A component's process, and when it shall run again if it is down."""

    name: str
    process: Process
    down_until: float = 0.0
    sessions: list[int] = field(default_factory=list)
    """Every session it ever led; its children are in them."""


class Cluster:
    """The whole system, each process watched over as an init system would."""

    def __init__(self, system: System, server: RealServer | Watched) -> None:
        self.members: list[Member] = []
        self.faults: list[Fault] = []
        self.problems: list[str] = []
        """Also every blow that was announced and did not happen."""
        self.planted: Counter[str] = Counter()
        """Unreadable entries, by where they were planted."""
        self.themes: set[str] = set()
        """What is done besides the usual."""
        self.marks: set[tuple[str, str]] = set()
        """Attempts that were marked in logs of writes, as far as servers may have dropped those logs since."""
        self.server = server
        self._system = system
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(
        self,
        *,
        evaluators: int = 2,
        routers: int = 2,
        workers: int = 2,
        channels: str,
        ingest_ports: Sequence[int] = (),
    ) -> None:
        """Start everything, and from now on start again what dies."""
        for port in ingest_ports:
            process = self._system.start("ingest", INGEST_PORT=str(port))
            self.members.append(Member("ingest", process, sessions=[process.pid]))
        wanted = [*[("evaluator",)] * evaluators, *[("dispatchers", "router")] * routers]
        wanted += [
            *[("dispatchers", "worker", "--channels", channels)] * workers,
            ("api",),
            ("api.relay",),
            ("archive",),
        ]
        for arguments in wanted:
            name = {"api.relay": "relay", "archive": "recorder", "dispatchers": arguments[-1]}.get(
                arguments[0], arguments[0]
            )
            process = self._system.start(*arguments)
            name = "worker" if "worker" in arguments else name
            self.members.append(Member(name, process, sessions=[process.pid]))
        self._watcher.start()

    def senders(self) -> list[int]:
        """Return every process that may deliver: the workers' children, also those of workers that were killed."""
        sessions = {s for m in self.members if m.name == "worker" for s in m.sessions}
        return [pid for pid, session in _sessions() if session in sessions]

    def restart(self, member: Member) -> int:
        """SIGTERM, wait, and start it again; returns the exit code."""
        assert member.process.process is not None
        member.down_until = FOREVER  # The watcher keeps its hands off.
        member.process.process.terminate()
        try:
            code = member.process.process.wait(timeout=GRACE_S * 2)
        finally:
            member.down_until = 0.0
        with self._lock:
            self._restart_dead()
        return code

    @property
    def is_over(self) -> bool:
        return self._stopped.is_set()

    def family(self, member: Member) -> list[int]:
        """Return a component's processes, its children among them."""
        return _of_session(member.process.pid)

    def calm_down(self) -> None:
        """Let everything run again."""
        with self._lock:
            for fault in self.faults:
                if fault.kind in ("stop", "nap") and fault.ended == FOREVER:
                    self._resume(fault)
            for member in self.members:
                member.down_until = 0.0
            self._restart_dead()

    def end(self) -> None:
        """Leave nothing behind, however it ended."""
        self._stopped.set()
        self._watcher.join()
        for member in self.members:
            for session in member.sessions:
                for pid in _of_session(session):
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
            assert member.process.process is not None
            member.process.process.wait()

    # -- blows --------------------------------------------------------------------------------------------

    def strike(self, chance: random.Random) -> Fault:
        """Do one thing to one process, as *chance* has it; returns what."""
        kinds = ("kill", "child", "stop", "end", "server", "unreadable", "double")
        weights = (10, 6, 7, 4, 12 if "failovers" in self.themes else 1.5, 4, 2)
        more = {"nap": 14 if "naps" in self.themes else 2, "stored": 14 if "stored" in self.themes else 0}
        more["away"] = 8 if "writes" in self.themes else 0
        kind = chance.choices((*kinds, *more), weights=(*weights, *more.values()))[0]
        if first := [FIRST[theme] for theme in sorted(self.themes) if theme in FIRST and not self.faults]:
            # Else a short run may end without what it is about.
            kind = first[0]
        picked, length_s, down_s = chance.random(), chance.uniform(0.2, 6.0), chance.uniform(0.0, 2.0)
        with self._lock:
            if kind == "server":
                return self._strike_server(chance, chance.uniform(0.0, 1.5))
            if kind == "unreadable":
                return self._plant(chance)
            if kind == "double":
                return self._strike_twice(chance.choice(("evaluator", "router", "worker")), chance.uniform(0.0, 1.5))
            if kind == "stored":
                return self._garble(chance)
            if kind == "away":
                return self._send_away("ingest", chance.uniform(2.0, AWAY_S))
            if kind == "nap":
                return self._nap(chance.uniform(0.3, NAP_S))
            living = [m for m in self.members if not m.down_until and m.process.process.poll() is None]
            if kind == "child":
                return self._strike_child(picked, stop=chance.random() < 0.4, length_s=length_s)
            member = living[int(picked * len(living))] if living else self.members[0]
            return self._strike_member(member, kind, length_s, down_s)

    def _strike_member(self, member: Member, kind: str, length_s: float, down_s: float) -> Fault:
        pid = member.process.pid
        family = _of_session(pid)
        # The API's and the relay's servers are a parent that does nothing and a child that does all.
        hit = family if member.name in ("api", "relay", "ingest") else [pid]
        fault = Fault(kind, member.name, hit, time.monotonic())
        self.faults.append(fault)
        if kind == "stop":
            self._stop(fault, length_s)
            return fault
        # Of `ingest`, the child dies too, amid a request; a child of the API would go on until it finds itself alone.
        for victim in family if kind == "kill" and member.name == "ingest" else [pid]:
            with suppress(OSError):
                os.kill(victim, signal.SIGKILL if kind == "kill" else signal.SIGTERM)
        if kind == "kill":
            self._must_end(member)
        member.down_until = time.monotonic() + down_s
        return fault

    def _send_away(self, name: str, length_s: float) -> Fault:
        """Kill every process of a component; they come back together."""
        fault = Fault("away", name, [], time.monotonic())
        members = [member for member in self.members if member.name == name]
        if any(member.down_until for member in members):
            fault.kind = "none"
            return fault
        self.faults.append(fault)
        for member in members:
            fault.pids += self._strike_member(member, "kill", 0.0, length_s).pids
        return fault

    def rest(self, name: str) -> None:
        """End every process of a component, and leave it so."""
        resting = [member for member in self.members if member.name == name]
        for member in resting:
            member.down_until = FOREVER
            member.process.terminate()
        for member in resting:
            member.process.wait()

    def _nap(self, length_s: float) -> Fault:
        """Have all evaluators sleep for less than their lease, as on a machine that was frozen."""
        fault = Fault("nap", "evaluators", [], time.monotonic())
        for member in self.members:
            if member.name == "evaluator" and not member.down_until and member.process.process.poll() is None:
                fault.pids.append(member.process.pid)
        if not fault.pids:
            fault.kind = "none"
            return fault
        self.faults.append(fault)
        self._stop(fault, length_s)
        return fault

    def _strike_twice(self, name: str, between_s: float) -> Fault:
        """Kill every process of a component, and their successors again while they take over."""
        members = [member for member in self.members if member.name == name]
        fault = Fault("none", name, [], time.monotonic())
        for turn in range(2):
            for member in members:
                if turn:
                    member.down_until = 0.0
            self._restart_dead()
            if turn:
                time.sleep(between_s)
            for member in members:
                fault = self._strike_member(member, "kill", 0.0, 0.0 if turn else FOREVER)
        return fault

    def _plant(self, chance: random.Random) -> Fault:
        """Write what nobody can read beside what everybody reads."""
        p = chance.randrange(PARTITIONS)
        place = chance.choice(("events", "events in a list", "outbox", "commands", "reports", "plugins"))
        fault = Fault("unreadable", place, [], time.monotonic())
        redis = connection.connect(self.server.url, retries=3)
        try:
            if place == "plugins":
                redis.hset(keys.plugins(), f"ghost-{chance.randrange(10**6)}", b"\xff no plugin")
            else:
                stream, fields = {
                    "events": (keys.events(p), {keys.EVENT_FIELD: b"\xff no event"}),
                    "events in a list": (keys.events(p), {keys.EVENT_FIELD: b'[7, {"plugin_id": 7}]'}),
                    "outbox": (keys.outbox(p), {"t": b'[{"kind": "from the future"}]'}),
                    "commands": (keys.events(p), {keys.COMMAND_FIELD: b"{}"}),
                    "reports": (keys.events(p), {keys.FLEET_FIELD: b"{}"}),
                }[place]
                redis.xadd(stream, fields)
            self.planted[place] += 1
            self.faults.append(fault)
        except RedisError as error:
            self.problems.append(f"an unreadable entry could not be planted in {place}: {error}")
        finally:
            redis.close()
        return fault

    def _garble(self, chance: random.Random) -> Fault:
        """Write garbage over what a partition's owner stored, and kill the owner, so that another reads it."""
        p, garbage = chance.randrange(PARTITIONS), b"\xff\xc1" + chance.randbytes(chance.randrange(40))
        place = chance.choice(("checkpoint", "checkpoint", "snapshot", "rule", "plugins"))
        fault = Fault("unreadable", place, [], time.monotonic())
        redis = connection.connect(self.server.url, retries=3)
        try:
            key, name = {
                "checkpoint": (keys.checkpoint(p), chance.choice(("id", "memory", "fleet"))),
                "snapshot": (keys.snapshots(p), f"ghost\0ghost-{chance.randrange(10**6)}"),
                "rule": (keys.rules(), f"ghost-{chance.randrange(10**6)}"),
                "plugins": (keys.plugins(), f"ghost-{chance.randrange(10**6)}"),
            }[place]
            owner = (redis.get(keys.lease(p)) or b"").decode()
            with redis.pipeline() as pipe:
                if place == "checkpoint" and not redis.hexists(key, "id"):
                    # There is none yet, as a young partition has it: one that nobody can place in the log.
                    name = "id"
                pipe.hset(key, name, garbage)
                if place == "rule":
                    pipe.incr(keys.rules_revision())
                pipe.execute()
            self.planted[place] += 1
            self.faults.append(fault)
        except RedisError as error:
            self.problems.append(f"garbage could not be written into {place}: {error}")
            return fault
        finally:
            redis.close()
        for member in self.members:
            if member.name == "evaluator" and f"-{member.process.pid}-" in owner:
                self._strike_member(member, "kill", 0.0, chance.uniform(0.0, 2.0))
        return fault

    def _must_end(self, member: Member) -> None:
        try:
            member.process.process.wait(timeout=HAPPENS_S)
        except subprocess.TimeoutExpired:
            self.problems.append(f"{member.name} {member.process.pid} was killed and lives")

    def _must_stop(self, pid: int) -> None:
        end = time.monotonic() + HAPPENS_S
        while (state := _state(pid)) not in ("T", "Z", ""):
            if time.monotonic() > end:
                self.problems.append(f"{pid} was stopped and is {state}")
                return
            time.sleep(0.005)
            # The end of an earlier stop of the same process may have come in between.
            with suppress(OSError):
                os.kill(pid, signal.SIGSTOP)

    def _strike_child(self, picked: float, *, stop: bool, length_s: float) -> Fault:
        parents = {m.process.pid for m in self.members if m.name == "worker"}
        children = sorted(p for p in self.senders() if p not in parents)
        fault = Fault("stop" if stop else "kill", "worker's child", [], time.monotonic())
        if not children:
            fault.kind = "none"
        else:
            fault.pids = [children[int(picked * len(children))]]
            self.faults.append(fault)
            if stop:
                self._stop(fault, length_s * 2.5)  # Longer than its claim, half of the times.
            else:
                with suppress(OSError):
                    os.kill(fault.pids[0], signal.SIGKILL)
        return fault

    def _strike_server(self, chance: random.Random, down_s: float) -> Fault:
        fault = Fault("server", "redis", [], time.monotonic())
        self.faults.append(fault)
        if isinstance(self.server, Watched):
            # A server that becomes a replica again begins its log of writes anew.
            self.marks |= aof.marked(*(one.folder for one in self.server.servers))
            blow = chance.choice((self.server.hand_over, self.server.die))
            fault.component = f"failover: {blow.__name__}"
            before = self.server.settled()
            if blow() is before:
                self.problems.append(f"{fault.component}: the master is who it was")
            fault.ended = time.monotonic()
            return fault
        self.server.stop(kill=True)
        time.sleep(down_s)
        self.server.start()
        fault.ended = time.monotonic()
        return fault

    def _stop(self, fault: Fault, length_s: float) -> None:
        for pid in fault.pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGSTOP)
            self._must_stop(pid)
        timer = threading.Timer(length_s, self._resume, args=(fault,))
        timer.daemon = True
        timer.start()

    def _resume(self, fault: Fault) -> None:
        for pid in fault.pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGCONT)
        fault.ended = min(fault.ended, time.monotonic())

    # -- watching -----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            with self._lock:
                self._restart_dead()

    def _restart_dead(self) -> None:
        for member in self.members:
            assert member.process.process is not None
            if member.process.process.poll() is None:
                # Told to end and still at it; or stopped, and then it cannot even end.
                continue
            if time.monotonic() >= member.down_until and not self._stopped.is_set():
                member.process.start()
                member.sessions.append(member.process.pid)
                member.down_until = 0.0


def _state(pid: int) -> str:
    """Return how the kernel calls its state, `T` for stopped; empty: it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _of_session(session: int) -> list[int]:
    return [pid for pid, its in _sessions() if its == session]


def _sessions() -> Iterator[tuple[int, int]]:
    """Yield every process of the machine with its session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), os.getsid(int(entry.name))


GRACE_S = 15.0
"""How long an ordered end may take: the longest drain is the workers', 10 s."""


def rolling_restart(cluster: Cluster, _seed: int, until: float, say: Callable[[str], None]) -> None:
    """End every process in order, one after the other, and start it again; what ends badly or late is a problem."""
    for member in list(cluster.members):
        began = time.monotonic()
        code = cluster.restart(member)
        took_s = time.monotonic() - began
        say(f"{member.name} ended with {code} after {took_s:.1f} s")
        if code or took_s > GRACE_S:
            cluster.problems.append(f"{member.name} ended with {code} after {took_s:.1f} s")
        # The next one is ended when this one's successor is at work, as whoever rolls a release out would have it.
        time.sleep(1.0)
    while time.monotonic() < until:
        time.sleep(0.1)


def monkey(cluster: Cluster, seed: int, until: float, say: Callable[[str], None]) -> None:
    """Strike at random until *until* (monotonic seconds)."""
    chance = random.Random(f"{seed}-faults")
    begun = time.monotonic()
    while time.monotonic() < until:
        time.sleep(min(chance.uniform(0.2, 1.5), max(0.0, until - time.monotonic())))
        if time.monotonic() >= until:
            return
        fault = cluster.strike(chance)
        say(f"{fault.begun - begun:6.1f} s  {fault.kind:<6} {fault.component} {' '.join(map(str, fault.pids))}")
