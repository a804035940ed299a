"""Connecting to Redis, with errors people understand."""

from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError
from redis.retry import Retry

from shared import keys
from shared.errors import ConfigurationError, Unavailable

MIN_REDIS = (7, 0)
MIN_VALKEY = (8, 0)


def connect(url: str, *, retries: int = 0, timeout_s: float = 5.0) -> Redis:
    """
    Return a client; nothing is sent yet. Answers are bytes.

    Args:
        retries: How often a command is sent again after a lost connection. 0 for anything not idempotent.
    """
    return Redis.from_url(
        url,
        protocol=3,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
    )


def check(redis: Redis, url: str) -> str:
    """
    Ask the server who it is.

    Returns:
        Its name and version, e.g. `Valkey 9.1.2`.

    Raises:
        Unavailable: unreachable, refuses the password, or too old.
    """
    try:
        info = redis.info("server")
    except AuthenticationError as error:
        raise Unavailable(f"Redis at {shown(url)} refuses the user or password in REDIS_URL ({error}).") from error
    except (ConnectionError, TimeoutError) as error:
        raise Unavailable(
            f"Redis at {shown(url)} cannot be reached; start it, or correct REDIS_URL ({_first_line(error)})."
        ) from error
    except RedisError as error:
        raise Unavailable(f"Redis at {shown(url)} answered with an error: {_first_line(error)}.") from error
    is_valkey = "valkey_version" in info
    name, version = ("Valkey", info["valkey_version"]) if is_valkey else ("Redis", info["redis_version"])
    least = MIN_VALKEY if is_valkey else MIN_REDIS
    if tuple(int(part) for part in str(version).split(".")[:2]) < least:
        raise Unavailable(
            f"{name} {version} at {shown(url)} is too old; Enhanced Alerts needs Redis 7 or Valkey 8, or newer."
        )
    return f"{name} {version}"


def agree_on_partitions(redis: Redis, partitions: int) -> int:
    """
    Write the partition count at the first start of a system; compare it at every later one.

    Raises:
        ConfigurationError: the system was set up with another count.
    """
    redis.set(keys.partitions(), partitions, nx=True)
    stored = int(redis.get(keys.partitions()) or partitions)
    if stored != partitions:
        raise ConfigurationError(
            f"This system was set up with {stored} partitions, and PARTITIONS says {partitions}; "
            f"set PARTITIONS={stored}: another count would split plugins' histories between streams."
        )
    return stored


def shown(url: str) -> str:
    """Return *url* without user and password, fit for logs and messages."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
