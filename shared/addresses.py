"""Addresses of the web: how they are written, and what is wrong with one."""

import ipaddress
from urllib.parse import urlsplit

from shared.model import reasons
from shared.model.reasons import Reason

MAX_HOST_CHARS = 253
"""Of a name in the DNS (RFC 1035)."""


def authority(host: str, port: int) -> str:
    """Return host and port as addresses have them: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def is_host(text: str) -> bool:
    """Tell whether *text* is a host's name or address alone, without a scheme and a port."""
    if len(text) > MAX_HOST_CHARS or any(c.isspace() or not c.isprintable() or c in "/@?#," for c in text):
        return False
    if ":" not in text:
        return True
    try:
        ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def not_a_site(url: str) -> Reason | None:
    """Return why *url* is no address of a site people can open; None if it is one."""
    wrong = not_an_address(url, "http", "https")
    path = "" if wrong else urlsplit(url).path.strip("/")
    if path:
        return reasons.of("address.path", path=path)
    return wrong


def not_an_address(url: str, *schemes: str, with_secrets: bool = False) -> Reason | None:
    """Return why *url* is no address with one of these schemes, without what may be secret; None if it is one."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return reasons.of("address.none")
    if parts.scheme not in schemes:
        return reasons.of("address.websocket" if "ws" in schemes else "address.http")
    if not _is_named(parts.hostname or "") or not has_port or any(c.isspace() or not c.isprintable() for c in url):
        return reasons.of("address.no_host")
    if not with_secrets and (parts.username is not None or parts.query or parts.fragment):
        return reasons.of("address.more_than_a_place")
    return None


def _is_named(host: str) -> bool:
    """Tell whether this is the host of an address: its labels are not empty, and hold no sign that begins a path."""
    labels = host.removesuffix(".").split(".")
    return is_host(host) and not any(c in "\\%" for c in host) and all(label.strip("-") for label in labels)
