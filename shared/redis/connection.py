"""Connecting to Redis, with errors people understand."""

from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.connection import ConnectionPool
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, SentinelConnectionPool

from shared.errors import ConfigurationError, Unavailable
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis import keys, local_server, sentinel

MIN_REDIS = (7, 0)
MIN_VALKEY = (8, 0)
MAX_CONNECTIONS = 2**31
"""redis-py's own limit is 100, and one that is kept and not given back (`Tail`, `Caller`) counts even after its end."""


def connect(url: str, *, retries: int = 0, timeout_s: float = 5.0) -> Redis:
    """
    Return a client; nothing is sent yet. Answers are bytes.

    Args:
        url: `redis://`, `rediss://`, `unix://`; or `sentinel://[user:password@]host:port,host:port/service[/database]`,
            whose master is asked for with every new connection, so that a failover needs no restart (`sentinel`).
        retries: How often a command is sent again after a lost connection. 0 for anything not idempotent.
    """
    _check_readable(url)
    options: dict[str, Any] = {
        "protocol": 3,
        "max_connections": MAX_CONNECTIONS,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
    }
    if not url.startswith("unix://"):
        options["socket_keepalive"] = True
    if (port := local_server.port_of(url)) is not None and local_server.password(port):
        options["credential_provider"] = local_server.LocalPassword(port)
    if not url.startswith("sentinel://"):
        try:
            return Redis.from_url(url, **options)
        except ValueError:  # Its text may hold the password.
            raise ConfigurationError(reasons.of("setting.redis_unreadable")) from None
    sentinels, service, own = sentinel_parts(url)
    watchers = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry": Retry(ExponentialBackoff(), 0)}
    return sentinel.client(url, service, sentinels, watchers, **options, **own)


def _check_readable(url: str) -> None:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("redis", "rediss"):
            _ = parts.port
    except ValueError:  # Its text may hold the password.
        raise ConfigurationError(reasons.of("setting.redis_unreadable")) from None


def anonymous(url: str) -> Redis:
    """Return a client of the server of *url* as a stranger has it: without user and password."""
    options: dict[str, Any] = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": None}
    known = connect(url).connection_pool
    if isinstance(known, SentinelConnectionPool):
        host, port = known.get_master_address()
        return Redis(host, port, **options)
    kept = {name: value for name, value in known.connection_kwargs.items() if name.startswith(("host", "port", "ssl"))}
    return Redis(connection_pool=ConnectionPool(known.connection_class, **kept, **options))


def sentinel_parts(url: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """
    Take a `sentinel://` address apart.

    Returns:
        The sentinels' hosts and ports, the service's name, and user, password and database of the servers.

    Raises:
        ConfigurationError: it is not one.
    """
    try:
        parts = urlsplit(url)
        who, _, hosts = parts.netloc.rpartition("@")
        service, _, database = parts.path.strip("/").partition("/")
        pairs = [host.rpartition(":") for host in hosts.split(",")]
        sentinels = [(host.strip("[]"), int(port)) for host, _, port in pairs]
        own: dict[str, Any] = {"db": int(database or 0)}
    except ValueError:
        service, who, sentinels, own = "", "", [], {}
    if not service or not sentinels or not all(host for host, _ in sentinels):
        raise ConfigurationError(reasons.of("setting.sentinel_form"))
    user, _, password = who.partition(":")
    if password:
        own |= {"password": unquote(password), **({"username": unquote(user)} if user else {})}
    return sentinels, service, own


def check(redis: Redis, url: str) -> str:
    """
    Ask the server who it is.

    Returns:
        Its name and version, e.g. `Valkey 9.1.2`.

    Raises:
        Unavailable: unreachable, refuses the password, too old, or of a cluster.
    """
    try:
        info = redis.info("server")
    except AuthenticationError as error:
        raise Unavailable(reasons.of("redis.refuses_login", address=shown(url), error=str(error))) from error
    except MasterNotFoundError as error:
        raise Unavailable(reasons.of("redis.no_master", address=shown(url), error=_first_line(error))) from error
    except (ConnectionError, TimeoutError) as error:
        raise Unavailable(reasons.of("redis.not_reached", address=shown(url), error=_first_line(error))) from error
    except RedisError as error:
        raise Unavailable(reasons.of("redis.answered_error", address=shown(url), error=_first_line(error))) from error
    if info.get("redis_mode") == "cluster" or info.get("server_mode") == "cluster":
        raise Unavailable(reasons.of("redis.cluster", address=shown(url)))
    is_valkey = "valkey_version" in info
    name, version = ("Valkey", info["valkey_version"]) if is_valkey else ("Redis", info["redis_version"])
    least = MIN_VALKEY if is_valkey else MIN_REDIS
    if tuple(int(part) for part in str(version).split(".")[:2]) < least:
        raise Unavailable(reasons.of("redis.too_old", server=f"{name} {version}", address=shown(url)))
    return f"{name} {version}"


def trouble(redis: Redis) -> Reason | None:
    """
    Say why the server cannot take what is written now, though it answers; None if it can.

    Raises:
        RedisError: it does not even answer.
    """
    memory, replication = redis.info("memory"), redis.info("replication")
    if replication.get("role") == "slave" and replication.get("slave_read_only"):
        return reasons.of("redis.is_replica")
    limit = int(memory.get("maxmemory", 0))
    if limit and int(memory["used_memory"]) >= limit and memory.get("maxmemory_policy") == "noeviction":
        return reasons.of("redis.memory_full", megabytes=limit // 1_048_576)
    return None


def risk(redis: Redis) -> Reason | None:
    """
    Say how the server may lose data though all is well now; None if it does not.

    Raises:
        RedisError: it does not answer.
    """
    policy = redis.info("memory").get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return None
    return reasons.of("redis.may_drop", policy=str(policy))


def agree_on_partitions(redis: Redis, partitions: int) -> int:
    """
    Write the partition count at the first start of a system; compare it at every later one.

    Raises:
        ConfigurationError: the system was set up with another count.
    """
    redis.set(keys.partitions(), partitions, nx=True)
    stored = int(redis.get(keys.partitions()) or partitions)
    if stored != partitions:
        raise ConfigurationError(reasons.of("configuration.partitions", stored=stored, given=partitions))
    return stored


def server_ms(redis: Redis) -> int:
    """Return the server's time, by which streams are written; this machine's clock may be another."""
    seconds, micros = redis.time()
    return int(seconds * 1_000 + micros // 1_000)


def shown(url: str) -> str:
    """Return *url* without user and password, fit for logs and messages."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
