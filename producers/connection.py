"""Which Redis a publisher writes to: the client for an address, and the servers that are refused."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.exceptions import RedisError, ResponseError
from redis.sentinel import Sentinel

DEFAULT_URL = "redis://127.0.0.1:6390/0"
CLUSTER = "it is a Redis Cluster, which is not supported; use a single server, or one with replicas behind Sentinel"
_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class ClusterRefused(RedisError):
    """The server is of a cluster."""


def check(url: str) -> None:
    """
    Make sure that a text is an address, without connecting to it.

    Raises:
        ValueError: it is not.
    """
    if not str(url).startswith(_SCHEMES):
        raise ValueError(
            # Not shown: a password may stand in it, and this ends in logs.
            "url is not a Redis address; it must begin with redis://, rediss://, unix:// or sentinel://."
        )


def client(url: str, timeout_s: float) -> Any:
    """Return a client for an address, which connects when it is first used and never tries twice."""
    options: dict[str, Any] = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "retry": None}
    if secret := local_password(url):
        options["password"] = secret
    if not url.startswith("sentinel://"):
        return redis.Redis.from_url(url, **options)
    parts = urlsplit(url)
    who, _, hosts = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    sentinels = [(host.strip("[]"), int(port)) for host, _, port in (one.rpartition(":") for one in hosts.split(","))]
    own = {"db": int(database or 0), "username": unquote(user) or None, "password": unquote(password) or None}
    return Sentinel(sentinels, sentinel_kwargs=options).master_for(service, **options, **own)


def local_password(url: str) -> str:
    """Return the password of the embedded server of this machine and user, if *url* may be its; "" otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "redis" or parts.password or parts.username or "password=" in parts.query:
        return ""
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return ""
    name = f"{parts.port or 6379}.password"
    state = Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"))  # noqa: PTH111
    files = [Path(os.environ.get("DATA_DIR", "").strip() or "var") / "redis" / name]
    files += [state / "enhanced-alerts" / name] if state.is_absolute() else []
    for file in files:
        with suppress(OSError, UnicodeDecodeError):
            return file.read_text(encoding="ascii").strip()
    return ""


def refuse_cluster(client: Any) -> None:
    """
    Make sure that the server is not of a cluster: there it would depend on a plugin's name whether its events arrive.

    Raises:
        ClusterRefused: it is.
        RedisError: it does not answer.
    """
    try:
        about = client.execute_command("HELLO")
    except ResponseError:
        return  # The user may not ask, and then the server's own errors have to do.
    # A dictionary or, in the older protocol, a list of names and values in turn.
    words = about if isinstance(about, list) else [word for pair in about.items() for word in pair]
    if dict(zip(words[::2], words[1::2], strict=False)).get(b"mode") == b"cluster":
        raise ClusterRefused(CLUSTER)
