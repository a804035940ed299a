"""
Choosing the proxy for an outbound request, from HTTPS_PROXY, HTTP_PROXY and NO_PROXY as other programs read them. Pure.

The connection to a proxy is plain HTTP; requests to https:// addresses stay encrypted through it (CONNECT). The proxy's
password appears in no `repr` and in no error.
"""

import base64
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from shared.model import reasons

EXAMPLE = "http://user:password@proxy.example.com:3128"


@dataclass(frozen=True, slots=True)
class Proxy:
    """The address of a proxy and the credentials for it."""

    host: str
    port: int
    credentials: str = field(default="", repr=False)
    """`user:password`; "" if the proxy needs none."""

    @property
    def address(self) -> str:
        """Host and port without credentials, for logs and answers."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authorization(self) -> dict[str, str]:
        """The request header with the credentials; {} without credentials."""
        if not self.credentials:
            return {}
        return {"Proxy-Authorization": f"Basic {base64.b64encode(self.credentials.encode()).decode()}"}


def parse(text: str) -> Proxy:
    """
    Read a proxy's address; `proxy.example.com:3128` is short for `http://proxy.example.com:3128`.

    Raises:
        ValueError: The address cannot be used. The message gives the reason, but not the address and its password.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(reasons.of("invalid.proxy", example=EXAMPLE)) from None
    if parts.scheme != "http":
        raise ValueError(reasons.of("invalid.proxy_scheme", scheme=parts.scheme))
    if (
        not host
        or port == 0
        or parts.path.strip("/")
        or parts.query
        or any(c.isspace() or not c.isprintable() for c in text)
    ):
        raise ValueError(reasons.of("invalid.proxy_path", example=EXAMPLE))
    credentials = ""
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port or 80, credentials)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of a process; None: requests to such addresses use no proxy."""

    http: Proxy | None = None
    https: Proxy | None = None
    direct: str = ""
    """NO_PROXY: comma-separated hosts, domains (`example.com` or `.example.com`), networks, each perhaps with a port;
    `*` for everything."""

    def of(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy for an address, or None for a direct connection, as always to this machine itself."""
        proxy = self.https if scheme == "https" else self.http
        return None if proxy is None or _is_here(host) or _is_direct(host, port, self.direct) else proxy


def _is_here(host: str) -> bool:
    """Tell whether *host* is this machine. A proxy would look for the service on the proxy's own machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.rstrip(".").lower() in ("localhost", "localhost.localdomain")


def _is_direct(host: str, port: int, no_proxy: str) -> bool:
    """Tell whether NO_PROXY names the host. No library function reads domains, IPv4 and IPv6 networks, and ports."""
    entries = [entry.strip().lower() for entry in no_proxy.split(",") if entry.strip()]
    if "*" in entries:
        return True
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.rstrip(".").lower()
        return any(_names(entry, name, port) for entry in entries)
    return any(_holds(entry, ip, port) for entry in entries)


def _names(entry: str, name: str, port: int) -> bool:
    """Tell whether an entry of NO_PROXY is the domain *name* or a parent domain of it, for this port."""
    domain, _, number = entry.partition(":")
    domain = domain.removeprefix("*").strip(".")
    return number in ("", str(port)) and (name == domain or name.endswith(f".{domain}"))


def _holds(entry: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
    """Tell whether an entry of NO_PROXY is the address *ip*, or a network that contains it, for this port."""
    text, number = entry, ""
    if entry.count(":") == 1 or (entry.startswith("[") and not entry.endswith("]")):
        text, _, number = entry.rpartition(":")
    try:
        network = ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return False
    return number in ("", str(port)) and ip.version == network.version and ip in network
