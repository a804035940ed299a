"""
Behind Sentinel: connections that always lead to the current master.

redis-py asks the sentinels for the master's address when a pool opens a connection. A caller that keeps one connection
(a thread, a transaction or a stream reader) does not ask again when it reconnects: it goes to the old address. A caller
that never loses its connection never asks. Here every new connection asks, checks that the server is a master, and is
closed as soon as the process learns of another master.
"""

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError, NoPermissionError, ReadOnlyError, RedisError, ResponseError
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection

_DEMOTED = ("UNBLOCKED", "MASTERDOWN")
"""How a server that has become a replica begins its refusals, besides READONLY."""
_DEMOTED_AT_EXEC = "discarded because of: READONLY"
"""The same error as EXEC reports it, if the whole transaction was queued before the failover."""
_masters: dict[str, tuple[str, int]] = {}
"""Address of a system as in REDIS_URL → its master as last heard of, for all pools of the process."""


def is_demoted(error: Exception) -> bool:
    """Tell whether a server refused because it is no master any more."""
    said = str(error)
    return isinstance(error, ReadOnlyError) or said.startswith(_DEMOTED) or _DEMOTED_AT_EXEC in said


class Watchers(Sentinel):
    """The sentinels of one address; what one pool hears of the master all know."""

    def __init__(self, url: str, sentinels: list[tuple[str, int]], **options: Any) -> None:
        super().__init__(sentinels, **options)
        self.url = url

    def discover_master(self, service_name: str) -> tuple[str, int]:
        address = super().discover_master(service_name)
        _masters[self.url] = address
        return address

    def doubt(self) -> None:
        """Ask another sentinel first from now on, because this one gave the address of a server that is no master."""
        self.sentinels.append(self.sentinels.pop(0))


class MasterConnection(SentinelManagedConnection):
    """One connection to the master."""

    def connect(self) -> None:
        self.retry.call_with_retry(lambda: self.connect_check_health(check_health=False), lambda _error: None)

    def connect_check_health(self, check_health: bool = True, retry_socket_connect: bool = False) -> None:
        # Every way to a new connection leads through here, also that of a client which holds on to its own.
        if self.is_connected:
            return
        self.host, self.port = self.connection_pool.get_master_address()
        try:
            super().connect_check_health(check_health=check_health, retry_socket_connect=False)
        except RedisError:
            self.connection_pool.sentinel_manager.doubt()
            raise

    def on_connect_check_health(self, check_health: bool = True) -> None:
        super().on_connect_check_health(check_health=check_health)
        check_master(self._ask, f"{self.host}:{self.port}")

    def _ask(self, command: str) -> Any:
        self.send_command(command, check_health=False)
        return self.read_response(disable_decoding=True)

    def moved(self) -> str:
        """Say where the master is now, if this process has heard of another since; else an empty text."""
        master = _masters.get(self.connection_pool.sentinel_manager.url)
        is_other = master is not None and master != (self.host, self.port)
        return f"the master is {master[0]}:{master[1]} now" if master and is_other else ""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if self.is_connected and (moved := self.moved()):
            # An error, not a silent change: what rests on this connection (what it watches, say) is lost with it.
            self.disconnect()
            raise ConnectionError(moved)
        super().send_packed_command(command, check_health)

    def read_response(self, *args: Any, **options: Any) -> Any:
        # As every other connection, and unlike redis-py's behind Sentinel: one that is interrupted amid an answer (by a
        # signal's exception, e.g. of a job's time limit) is closed. Else the next command would get that answer.
        options.setdefault("disconnect_on_error", True)
        try:
            return super().read_response(*args, **options)
        except ResponseError as error:
            if is_demoted(error):
                self.disconnect()
                raise ConnectionError(f"{self.host}:{self.port} is no longer the master ({error})") from error
            raise


def check_master(ask: Callable[[str], Any], name: str) -> None:
    """
    Ask the server at the other end of a new connection for its role; one that may not ask goes on.

    Raises:
        ConnectionError: it is not the master.
    """
    try:
        role = ask("ROLE")
    except NoPermissionError:
        return
    if role[0] != b"master":
        raise ConnectionError(f"{name} is no master; the sentinels have not agreed on one yet")


def client(url: str, service: str, sentinels: list[tuple[str, int]], watching: dict[str, Any], **options: Any) -> Redis:
    """Return a client of the master of *service*."""
    watchers = Watchers(url, sentinels, sentinel_kwargs=watching)
    return watchers.master_for(service, connection_class=MasterConnection, **options)


def look(redis: Redis) -> None:
    """
    Ask the sentinels whether the master is still the same, if there are any; then connections to another are given up.

    Raises:
        RedisError: none of them answers, or knows one.
    """
    pool = redis.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        pool.get_master_address()
