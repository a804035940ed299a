"""
Which addresses the product may call. Pure: it checks an address that was resolved already.

A channel that an administrator configured may reach the private network, because most mail servers and chat servers
are there. Addresses that any user can supply, such as a browser's push service, must be public. Link-local addresses
and the clouds' metadata services are never called; no setting changes that.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from shared.model import reasons

METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
"""Where clouds hand out credentials outside link-local addresses: AWS over IPv6, Alibaba, Azure."""
_NOWHERE = ipaddress.ip_network("0.0.0.0/8")
_NAT64 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))
LOOPBACK, PRIVATE = "loopback", "private"
"""Words that stand for ranges in the lists."""


class Refused(Exception):
    """An address that must not be called; says why, and which setting would change it."""

    def __init__(self, code: str, host: str, address: object) -> None:
        self.reason = reasons.of(code, host=host, address=str(address))
        super().__init__(str(self.reason))


@dataclass(frozen=True, slots=True)
class Policy:
    """What is called beside public addresses."""

    allow: tuple[str, ...] = ()
    """Hosts, networks (10.1.0.0/16), `loopback`, `private`; for what an administrator set up. Hosts by their names may
    be called for strangers too: a closed network's own push service."""
    refuse: tuple[str, ...] = ()
    """Likewise; it comes before what is allowed."""
    is_public: bool = False
    """Whether only public addresses are called: those of strangers."""

    def for_strangers(self) -> "Policy":
        """Return the same for addresses that anybody may have given."""
        return replace(self, is_public=True)

    def check(self, address: str, host: str) -> None:
        """
        Judge the *address* that *host* leads to.

        Raises:
            Refused: it must not be called.
        """
        for ip in _meant(ipaddress.ip_address(address.partition("%")[0])):
            # Link-local holds most clouds' metadata services.
            is_never = ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in METADATA or ip in _NOWHERE
            if is_never or (ip.is_reserved and not ip.is_loopback):
                raise Refused("outbound.never", host, ip)
            if any(_names(entry, ip, host) for entry in self.refuse):
                raise Refused("outbound.named", host, ip)
            if ip.is_global:
                continue
            if self.is_public:
                if any(_is_name(entry) and _names(entry, ip, host) for entry in self.allow):
                    continue
                raise Refused("outbound.private", host, ip)
            if any(_names(entry, ip, host) for entry in self.allow):
                continue
            if ip.is_loopback:
                raise Refused("outbound.this_machine", host, ip)


_YES_OR_NO = ("true", "false", "yes", "no", "on", "off")
"""What somebody writes who takes a list for a switch."""


def parse(text: str) -> tuple[str, ...]:
    """
    Return the entries of a comma-separated list of hosts, networks and the two words.

    Raises:
        ValueError: one is none of them; its argument is a reason.
    """
    entries = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for entry in entries:
        if "/" in entry or entry.replace(".", "").isdigit() or ":" in entry:
            _check_network(entry)
        elif (
            not all(part and part.strip("-") for part in entry.removeprefix("*.").split("."))
            or " " in entry
            or not entry.isprintable()
            or entry in _YES_OR_NO
        ):
            raise ValueError(reasons.of("address.no_host_name", entry=entry))
    return entries


def _check_network(entry: str) -> None:
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise ValueError(reasons.of("address.no_network", entry=entry)) from None
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        raise ValueError(reasons.of("address.host_bits", entry=entry, network=str(network))) from None


def _is_name(entry: str) -> bool:
    """Tell whether an entry is a host's name, not a network, an address or a word for one."""
    return (
        entry not in (LOOPBACK, PRIVATE) and ":" not in entry and not entry.replace(".", "").partition("/")[0].isdigit()
    )


def _names(entry: str, ip: Any, host: str) -> bool:
    if entry == LOOPBACK:
        return bool(ip.is_loopback)
    if entry == PRIVATE:
        return not ip.is_global and not ip.is_loopback
    try:
        return ip in ipaddress.ip_network(entry)
    except ValueError:
        name = host.rstrip(".").lower()
        return name == entry or (entry.startswith("*.") and name.endswith(entry[1:]))


def _meant(ip: Any) -> Iterator[Any]:
    """Yield the address; for an IPv6 one that only carries an IPv4 one (mapped, 6to4, NAT64, Teredo), that one."""
    if ip.version == 4:
        yield ip
    elif carried := ip.ipv4_mapped or ip.sixtofour:
        yield carried
    elif any(ip in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    elif ip.teredo:
        yield ip.teredo[1]
    else:
        yield ip
