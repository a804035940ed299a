"""
Outboxes → alert store, feed and RQ jobs, by the one active router: its lease and its rounds. Shell.

What cannot be read or routed is parked among the dead letters with a reason, and its neighbours go on. After an error
that no single transition explains, the next transitions are routed one by one, which finds the bad one.
"""

from functools import partial

from redis import Redis
from redis.exceptions import RedisError

from dispatchers import commands, cursors, set_aside, sweeper
from dispatchers.backlog import Backlog
from dispatchers.board import Board
from dispatchers.commits import Commits
from dispatchers.duties import Duties
from dispatchers.housekeeping import Housekeeping
from dispatchers.outboxes import COMMANDS, Outboxes
from dispatchers.queues import Queues
from dispatchers.reconsider import EVERY_MS as RECONSIDER_MS
from dispatchers.reconsider import Reconsideration
from dispatchers.routes_in_force import EVERY_MS as ROUTES_MS
from dispatchers.routing import LEASE_MS, Routing
from shared.clock import Clock
from shared.errors import LeaseLost
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.process import Heartbeat
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store.parking import Parking

TICK_MS = 200
BUSY = 3
"""How many times less often the rounds come while transitions wait."""
READ_AHEAD = 10_000
"""Transitions that are read and not routed, at most: some 30 MB."""
STANDBY_S = 0.5


class Router:
    """One router process: active while it holds the lease, otherwise standing by."""

    def __init__(
        self, redis: Redis, settings: Settings, name: str, clock: Clock, log: Logger, heartbeat: Heartbeat
    ) -> None:
        """
        Args:
            name: Unique among the routers of the system.
        """
        self._redis = redis
        self._settings = settings
        self._name = name
        self._clock = clock
        self._log = log
        self._heartbeat = heartbeat
        counters = heartbeat.counters
        self._leases = Leases(redis, LEASE_MS)
        self._lease: str | None = None
        self._parking = Parking(redis, log, counters)
        self._outboxes = Outboxes(redis, clock, counters, self._parking)
        self._backlog = Backlog()
        self._queues = Queues(redis)
        self._board = Board(redis, self._parking, log)
        routing = Routing(redis, settings, clock, log, counters, self._parking, self._queues, self._board)
        self._commits = Commits(redis, routing, counters)
        self._duties = Duties(log, counters)
        self._reconsideration = Reconsideration(redis, settings, self._board, self._duties)
        self._housekeeping = Housekeeping(redis, settings, log, counters, self._parking, self._duties, self._queues)

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then release the lease."""
        loop = Loop(
            "router",
            partial(self._turn, stop),
            self._log,
            counters=self._heartbeat.counters,
            recover=self._recover,
        )
        self._heartbeat.follow(loop)
        loop.run(stop)
        self._end()

    def _turn(self, stop: Stop) -> None:
        try:
            if self._lease is None and not self._take_over():
                stop.wait(STANDBY_S)
                return
            self._tick()
            self._read()
            if self._backlog or self._backlog.has_moved:
                self._commits.commit_next(self._backlog)
        except LeaseLost as error:
            self._log.warning("router.lease_lost", reason=str(error))
            self._stand_by()

    def _take_over(self) -> bool:
        """Try to become the active router, and begin to read where the last active router stopped."""
        lease = self._leases.acquire(keys.router_lease(), keys.router_fence(), self._name)
        self._heartbeat.detail["role"] = "active" if lease else "standby"
        if not self._heartbeat.ready:
            self._heartbeat.mark_ready()
        if lease is None:
            return False
        self._lease = lease
        beginnings = cursors.beginnings(self._redis, self._parking)
        self._outboxes.open(self._settings.partitions, beginnings)
        self._backlog = Backlog(cursors.notes(self._redis))
        self._commits.open(lease)
        self._board.forget_silences()
        self._board.routes.forget()
        # Whatever another router has written meanwhile is read before anything is routed.
        self._duties.hasten("tick")
        self._duties.hasten("routes")
        self._duties.hasten("reconsider")
        self._log.info("router.active", cursors=len(beginnings))
        return True

    def _tick(self) -> None:
        """Do the duties beside routing that are due."""
        now_ms = self._clock.now_ms()
        pace = BUSY if self._backlog else 1
        if not self._duties.is_due("tick", TICK_MS * pace, now_ms):
            return
        assert self._lease is not None
        if not self._leases.renew(keys.router_lease(), self._lease):
            raise LeaseLost("another router is active")
        self._outboxes.check(now_ms)
        self._duties.do("sweep", lambda: self._sweep(now_ms))
        has_changed = bool(self._duties.do("silences", lambda: self._reconsideration.follow_silences(now_ms)))
        if self._duties.is_due("routes", ROUTES_MS, now_ms):
            has_changed |= bool(self._duties.do("routes", lambda: self._board.routes.follow(now_ms)))
        if has_changed or self._duties.is_due("reconsider", RECONSIDER_MS * pace, now_ms):
            self._duties.do("reconsider", lambda: self._reconsideration.run(now_ms))
        self._housekeeping.run(now_ms)
        self._set_aside(self._duties.take_refusal(), now_ms)

    def _sweep(self, now_ms: int) -> None:
        self._queues.look(())
        self._heartbeat.counters["swept"] += sweeper.sweep(self._redis, self._queues, now_ms, self._parking)

    def _read(self) -> None:
        """Take what the outboxes have into the backlog, and pass operators' commands on."""
        for number in self._outboxes.ready(0 if self._backlog else TICK_MS / 1000):
            if number == COMMANDS:
                entries = self._outboxes.commands()
                commands.forward(self._redis, entries, self._settings.partitions, self._parking)
            elif len(self._backlog) < READ_AHEAD:
                for entry_id, transitions in self._outboxes.transitions(number):
                    self._backlog.add(number, entry_id, transitions)

    def _recover(self, error: Exception) -> None:
        """Start again from the stored state; if Redis was not the cause, find the transition that was."""
        self._stand_by()
        if not isinstance(error, RedisError):
            self._commits.isolate()
        self._set_aside(error, self._clock.now_ms())

    def _set_aside(self, error: Exception | None, now_ms: int) -> None:
        """Rename shared keys of a wrong type if one of them caused an error, and repair what depended on them."""
        if set_aside.is_wrong_type(error) and set_aside.run(self._redis, self._log, self._settings.partitions, now_ms):
            self._duties.hasten("prune")

    def _stand_by(self) -> None:
        self._outboxes.close()
        self._backlog = Backlog()
        self._lease = None
        self._heartbeat.detail["role"] = "standby"

    def _end(self) -> None:
        lease = self._lease
        self._stand_by()
        if lease is not None:
            try:
                self._leases.release(keys.router_lease(), lease)
            except RedisError as error:
                self._log.warning("router.lease_not_released", reason=str(error))
