"""
Base models for the configuration of a channel (`dispatchers/channel.py`), and the field types of addresses. Pure.
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
"""Characters that copying often adds around a key or an address."""


def _http_address(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    try:
        parts = urlsplit(text if text.isprintable() else "")  # It would drop line ends within.
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_http = False
    if not is_http:
        raise ValueError(reasons.of("invalid.http_address"))
    return url


SecretUrl = Annotated[SecretStr, AfterValidator(_http_address)]
"""An address that contains its own key, as the address of a webhook does: sealed and masked like a password."""


def _token(text: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(text.get_secret_value()):
        raise ValueError(reasons.of("invalid.token"))
    return text


_TOKEN = re.compile(r"[A-Za-z0-9:._~+=-]*")
SecretToken = Annotated[SecretStr, AfterValidator(_token)]
"""A key that is sent in a header or in the path of an address: it must be one word there."""
BaseUrl = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]
"""The address of a provider's API, without query; changed only for a gateway or a server of the operator's own."""


def trimmed(value: Any) -> Any:
    """Return a text, or each text of a list, without spaces, line ends and invisible characters at both ends."""
    if isinstance(value, str):
        return value.strip(_AROUND)
    return [trimmed(part) for part in value] if isinstance(value, list) else value


class ChannelConfig(BaseModel):
    """Fields that every channel has. An unknown field is an error that names the field."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _trim(cls, value: Any, info: ValidationInfo) -> Any:
        # A template may begin and end with spaces on purpose.
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
        raise ValueError(reasons.of("invalid.private_key"))
    certificates = "\n".join(PEM.findall(text))
    if text:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificates)
        except (ssl.SSLError, ValueError):
            raise ValueError(reasons.of("invalid.no_certificates")) from None
    return certificates


def _proxy(url: SecretStr) -> SecretStr:
    proxies.parse(url.get_secret_value())
    return url


class TlsConfig(ChannelConfig):
    """Fields of kinds that connect to a server with TLS."""

    # The text and not the name of a file: a name would tell those who configure channels which files exist.
    ca_certificate: Annotated[str, AfterValidator(_certificates)] = Field(
        "",
        max_length=100_000,
        description="PEM: trusted for this channel instead of the usual authorities, e.g. a company's own authority.",
    )


class HttpConfig(TlsConfig):
    """Fields of kinds that make HTTP requests."""

    proxy_url: Annotated[SecretStr, AfterValidator(_proxy)] | None = Field(
        None,
        description="http://user:password@proxy.example.com:3128, for this channel; default: HTTPS_PROXY and NO_PROXY.",
    )


NETWORK_FIELDS = ("ca_certificate", "proxy_url")
"""Fields whose change may let another server read what a channel sends, so its secrets must be entered again."""
