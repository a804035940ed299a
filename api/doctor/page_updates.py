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
        yield fail("no relay is running", "Start one: enhanced-alerts relay; its log is logs/alert_websocket.log.")
        return
    yield ok(f"the relay runs; {sum(int(r.counters.get('clients', 0)) for r in alive)} browsers listen")
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
            f"nothing answers at {where} ({type(error).__name__})",
            "Is RELAY_PORT the one the relay was started with, and open in this machine's firewall?",
        )
        return
    yield ok(f"port {settings.relay_port} answers")
    direct = f"{'wss' if secure else 'ws'}://{host}:{settings.relay_port}/live"
    trouble = _listen(redis, direct, "")
    if trouble:
        yield fail(f"the relay refuses listeners: {trouble}", "See logs/alert_websocket.log.")
        return
    yield ok("a ticket lets a page listen")
    yield from _of_public_address(redis, settings)


def _of_public_address(redis: Redis, settings: Settings) -> Iterator[Finding]:
    page = urlsplit(settings.effective_public_url)
    relay = urlsplit(settings.relay_public_url)
    if not settings.relay_public_url:
        if page.scheme == "https" and not settings.tls_certificate:
            yield fail(
                f"pages come from {page.geturl()}, and browsers refuse ws:// from there",
                "Set RELAY_PUBLIC_URL=wss://… and have the proxy pass /live to the relay (deploy/nginx.conf).",
            )
        elif page.hostname not in _LOOPBACK and settings.relay_host in _LOOPBACK:
            yield fail(
                f"browsers go to {page.hostname}:{settings.relay_port}, but the relay listens on this machine only",
                "Set RELAY_HOST=0.0.0.0 and open RELAY_PORT in the firewall, or set RELAY_PUBLIC_URL.",
            )
        else:
            yield ok(f"browsers go to {page.hostname}:{settings.relay_port}")
        return
    if relay.scheme not in ("ws", "wss"):
        yield fail(f"RELAY_PUBLIC_URL is {settings.relay_public_url}", "It must begin with ws:// or wss://.")
        return
    if page.scheme == "https" and relay.scheme == "ws":
        yield fail(
            "pages come by https, and browsers refuse ws:// from there", "Make RELAY_PUBLIC_URL begin with wss://."
        )
        return
    trouble = _listen(redis, settings.relay_public_url, settings.effective_public_url)
    if trouble:
        yield fail(
            f"{settings.relay_public_url} does not lead to the relay: {trouble}",
            "The proxy must pass Upgrade and Connection with HTTP/1.1, as in deploy/nginx.conf.",
        )
    else:
        yield ok(f"{settings.relay_public_url} leads to the relay")


def _listen(redis: Redis, address: str, origin: str) -> str:
    """Open a socket and wait for its first word; returns what went wrong, or ""."""
    ticket = one_time.issue_ticket(redis, "doctor", "viewer")
    try:
        with closing(Listener(f"{address}?ticket={ticket}", timeout_s=HELLO_S, origin=origin)) as listener:
            word = listener.hear(HELLO_S)
    except Ended as error:
        return str(error)
    except OSError as error:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "" if word and '"hello"' in word else "it says nothing"
