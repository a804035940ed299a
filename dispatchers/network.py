"""
How one process, or one of its channels, reaches others: which addresses it may call, through which proxy, and whose
certificates it trusts.
"""

import ssl
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import certifi

from shared import environment, outbound, proxies
from shared.outbound import Policy
from shared.proxies import Proxies, Proxy
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Network:
    """Ways out of the process."""

    policy: Policy = field(default_factory=Policy)
    """Which addresses may be called."""
    proxies: Proxies = field(default_factory=Proxies)
    proxy: Proxy | None = None
    """The channel's own: everything goes through it, whatever `proxies` says."""
    proxy_policy: Policy = field(default_factory=lambda: Policy(allow=(outbound.LOOPBACK,)))
    """Where a proxy may be, also on the way to a stranger's address. What the environment names often runs on this
    machine; what a channel names is judged like the addresses of channels."""
    trusted: str = ""
    """A file or folder of certificates to trust; "": the machine's and those of the `certifi` package."""
    ca_certificate: str = ""
    """The channel's own, PEM: trusted instead of all others."""

    @classmethod
    def of(cls, settings: Settings) -> "Network":
        """Return what the settings of a process say."""
        # With the embedded server, the whole product runs on one machine.
        here = () if settings.redis_url else (outbound.LOOPBACK,)
        allow, refuse = outbound.parse(settings.outbound_allow), outbound.parse(settings.outbound_refuse)
        return cls(
            policy=Policy((*allow, *here), refuse),
            proxies=settings.proxies,
            proxy_policy=Policy((*allow, outbound.LOOPBACK)),
            trusted=settings.trusted_certificates,
        )

    def for_channel(self, config: Any) -> "Network":
        """Return the same with what a channel's configuration says about it."""
        url, pem = getattr(config, "proxy_url", None), getattr(config, "ca_certificate", "")
        proxy = proxies.parse(url.get_secret_value()) if url is not None else None
        if proxy is None:
            return replace(self, ca_certificate=pem) if pem else self
        return replace(self, proxy=proxy, proxy_policy=self.policy, ca_certificate=pem)

    def for_strangers(self) -> "Network":
        """Return the same for an address that not an administrator, but anybody who signs in may have given."""
        return replace(self, policy=self.policy.for_strangers())

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy that leads to an address; None: it is called directly."""
        return self.proxy or self.proxies.of(scheme, host, port)

    def tls(self) -> ssl.SSLContext:
        """Return how TLS is spoken, with certificates verified."""
        return _context(self.trusted, self.ca_certificate)


@cache
def _context(trusted: str, ca_certificate: str) -> ssl.SSLContext:
    # Cached: to read a whole bundle takes 20 ms, and with each connection so many would be felt.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if ca_certificate:
        context.load_verify_locations(cadata=ca_certificate)
    elif trusted and environment.is_folder(trusted):
        context.load_verify_locations(capath=trusted)
    elif trusted:
        context.load_verify_locations(cafile=trusted)
    else:
        context.load_default_certs()
        context.load_verify_locations(cafile=certifi.where())
    if ca_certificate or trusted:
        # Python 3.13 and later refuse many certificates that companies' authorities make; and what is pasted may be
        # that of an intermediate authority, or of the server itself.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
