"""`doctor --websocket`: why pages get no updates, from the relay's process to the address that browsers use."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import requests
from redis import Redis

from api.auth import one_time
from api.doctor.findings import Finding, fail, ok
from api.doctor.listener import Ended, Listener
from shared import process
from shared.addresses import authority
from shared.clock import SystemClock
from shared.model import reasons
from shared.model.reasons import Reason
from shared.settings import Settings

CONNECT_S = 5.0
HELLO_S = 15.0
"""The first message comes at once; a busy machine may take its time."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def walk(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Walk from the relay's process to the address browsers use."""
    where = authority(settings.relay_host, settings.relay_port)
    alive = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "relay"]
    if not alive:
        yield fail(reasons.of("doctor.relay_missing"), reasons.of("remedy.relay"))
        return
    yield ok(reasons.of("doctor.relay_runs", browsers=sum(int(r.counters.get("clients", 0)) for r in alive)))
    secure = bool(settings.tls_certificate)
    host = "127.0.0.1" if settings.relay_host in ("0.0.0.0", "::") else settings.relay_host
    try:
        health = f"{'https' if secure else 'http'}://{host}:{settings.relay_port}/healthz"
        with requests.Session() as session:
            # A proxy for other hosts does not lead here.
            session.trust_env = False
            session.get(health, timeout=CONNECT_S, verify=not secure).raise_for_status()
    except requests.RequestException as error:
        yield fail(
            reasons.of("doctor.relay_silent", address=where, error=type(error).__name__),
            reasons.of("remedy.relay_port"),
        )
        return
    yield ok(reasons.of("doctor.port_answers", port=str(settings.relay_port)))
    direct = f"{'wss' if secure else 'ws'}://{host}:{settings.relay_port}/live"
    trouble = _listen(redis, direct, "")
    if trouble:
        yield fail(reasons.of("doctor.relay_refuses", because=trouble), reasons.of("remedy.relay_log"))
        return
    yield ok(reasons.of("doctor.ticket"))
    yield from _of_public_address(redis, settings)


def _of_public_address(redis: Redis, settings: Settings) -> Iterator[Finding]:
    page = urlsplit(settings.effective_public_url)
    relay = urlsplit(settings.relay_public_url)
    if not settings.relay_public_url:
        place = f"{page.hostname}:{settings.relay_port}"
        if page.scheme == "https" and not settings.tls_certificate:
            yield fail(reasons.of("doctor.https_page", address=page.geturl()), reasons.of("remedy.relay_address"))
        elif page.hostname not in _LOOPBACK and settings.relay_host in _LOOPBACK:
            yield fail(reasons.of("doctor.relay_here_only", address=place), reasons.of("remedy.relay_host"))
        else:
            yield ok(reasons.of("doctor.relay_address", address=place))
        return
    if relay.scheme not in ("ws", "wss"):
        yield fail(
            reasons.of("doctor.relay_url_wrong", address=settings.relay_public_url), reasons.of("remedy.relay_url")
        )
        return
    if page.scheme == "https" and relay.scheme == "ws":
        yield fail(reasons.of("doctor.plain_relay"), reasons.of("remedy.plain_relay"))
        return
    trouble = _listen(redis, settings.relay_public_url, settings.effective_public_url)
    if trouble:
        yield fail(
            reasons.of("doctor.relay_url_leads_elsewhere", address=settings.relay_public_url, because=trouble),
            reasons.of("remedy.proxy_upgrade"),
        )
    else:
        yield ok(reasons.of("doctor.relay_url_leads", address=settings.relay_public_url))


def _listen(redis: Redis, address: str, origin: str) -> Reason | None:
    """Open a socket and wait for its first word; returns what went wrong."""
    ticket = one_time.issue_ticket(redis, "doctor", "viewer")
    try:
        with closing(Listener(f"{address}?ticket={ticket}", timeout_s=HELLO_S, origin=origin)) as listener:
            word = listener.hear(HELLO_S)
    except Ended as error:
        return error.reason
    except OSError as error:
        name = type(error).__name__
        return reasons.of("socket.failed", error=f"{name}: {error}" if str(error) else name)
    return None if word and '"hello"' in word else reasons.of("socket.silent")
