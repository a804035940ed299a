"""
What the configurations of all kinds of channels have in common (`dispatchers/channel.py`): their fields, and the types
of addresses. Pure.
"""

import re
import ssl
import string
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from shared import proxies
from shared.model import reasons

_AROUND = string.whitespace + "\xa0\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u2028\u2029\u3000\x85"
"""What is copied along with a key or an address and belongs to neither."""


def _an_address(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError(reasons.of("invalid.http_address"))
    return url


SecretUrl = Annotated[SecretStr, AfterValidator(_an_address)]
"""An address that holds its own key, as those of webhooks do."""
BaseUrl = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]
"""Where a provider's API is; another one than the default for a proxy or a server of one's own."""


def trimmed(value: Any) -> Any:
    """Return a text, or a list of texts, without spaces, line ends and invisible characters around it."""
    if isinstance(value, str):
        return value.strip(_AROUND)
    return [trimmed(one) for one in value] if isinstance(value, list) else value


class ChannelConfig(BaseModel):
    """Fields every channel has. Unknown fields are an error that names them."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _without_what_pasting_adds(cls, value: Any, info: ValidationInfo) -> Any:
        # Texts of templates may begin and end with spaces on purpose.
        return value if info.field_name in ("title_template", "body_template") else trimmed(value)

    max_per_minute: float | None = Field(
        None, gt=0, le=6_000, description="Messages a minute at most; default: what the provider is known to allow."
    )

    title_template: str = Field("", max_length=1_000, description="Jinja2, for rules without one of their own.")
    body_template: str = Field("", max_length=4_000)
    enabled: bool = Field(True, description="Off: its notifications are kept as dead letters, not sent.")


PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


def _certificates(text: str) -> str:
    if "PRIVATE KEY-----" in text:
        raise ValueError("holds a private key; paste certificates alone, for they are shown to whoever may look")
    found = "\n".join(PEM.findall(text))
    if text:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
        except (ssl.SSLError, ValueError):
            raise ValueError("must hold certificates in PEM: -----BEGIN CERTIFICATE----- …") from None
    return found


def _proxy(url: SecretStr) -> SecretStr:
    proxies.parse(url.get_secret_value())
    return url


class TlsConfig(ChannelConfig):
    """Fields of kinds that speak TLS with a server."""

    # Pasted and not a file's name: whoever may configure a channel must not find out what files there are.
    ca_certificate: Annotated[str, AfterValidator(_certificates)] = Field(
        "",
        max_length=100_000,
        description="PEM: trusted for this channel instead of the usual authorities, e.g. a company's own.",
    )


class HttpConfig(TlsConfig):
    """Fields of kinds that make HTTP requests."""

    proxy_url: Annotated[SecretStr, AfterValidator(_proxy)] | None = Field(
        None,
        description="http://user:password@proxy.example.com:3128, for this channel; default: HTTPS_PROXY and NO_PROXY.",
    )


NETWORK_FIELDS = ("ca_certificate", "proxy_url")
"""Changed, what a channel sends may be read by somebody else."""
