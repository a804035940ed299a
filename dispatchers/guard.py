"""
Checks the connections of code that opens its own (Apprise and the libraries below it), by an audit hook of Python
(PEP 578): it sees each connection with the address that is about to be called, so neither a redirect nor a second
look-up of a name gets around it.

The hook is added with the first use, and does nothing outside a `guarded` block.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from dispatchers.network import Network
from shared import outbound
from shared.model.reasons import Reason


@dataclass(slots=True)
class Guarded:
    """What is allowed inside a block, and what came of it."""

    network: Network
    name: str = ""
    """What was looked up last: the name that leads to the address that is called next."""
    refusal: Reason | None = None
    """Why a connection was not let through; None if all were."""

    def check_addresses(self, hosts: Iterable[str]) -> None:
        """
        Judge the hosts that are plain addresses before anything is called: a proxy would be told to call them unseen.

        Names are left alone: what stands in the place of a host may be a token, and tokens must not be looked up.
        """
        for host in hosts:
            try:
                self.network.policy.check(host, host)
            except outbound.Refused as error:
                self.refusal = error.reason
            except ValueError:
                continue


_current: ContextVar[Guarded | None] = ContextVar("guarded", default=None)
"""Passed on to threads that are started with a copy of the context, as Apprise does."""


@contextmanager
def guarded(network: Network) -> Iterator[Guarded]:
    """Let the code of the block connect to nothing but what *network* allows."""
    _add_hook()
    block = Guarded(network)
    token = _current.set(block)
    try:
        yield block
    finally:
        _current.reset(token)


@cache
def _add_hook() -> None:
    # A hook cannot be taken away again, and sees every event: only a process that needs it has one.
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"):
        return
    block = _current.get()
    if block is None:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
        block.name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        return
    connected, address = arguments[0], arguments[1]
    if connected.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        _check(block, str(address[0]))


def _check(block: Guarded, host: str) -> None:
    name = block.name or host
    try:
        ipaddress.ip_address(host.partition("%")[0])
        addresses = [host]
    except ValueError:
        # A name is looked up by the call itself; what it leads to then is not seen, so it must lead nowhere bad now.
        name, addresses = host, _addresses(host)
    known = [proxy.host for proxy in (block.network.proxies.http, block.network.proxies.https) if proxy is not None]
    policy = block.network.proxy_policy if name in known else block.network.policy
    try:
        for address in addresses:
            policy.check(address, name)
    except outbound.Refused as error:
        block.refusal = error.reason
        # What libraries expect of a connection that cannot be made.
        raise PermissionError(str(error)) from None


def _addresses(host: str) -> list[str]:
    token = _current.set(None)
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []
    finally:
        _current.reset(token)
