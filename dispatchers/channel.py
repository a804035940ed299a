"""
The contract of a channel kind, and the catalogue of kinds (`dispatchers/channels/<kind>.py`).

A kind is a module with a pydantic model `Config` (its form is drawn from the JSON schema; secrets are `SecretStr`), the
constants `TELLS` and `GROUPS` and a function `send`. It makes one attempt and says what came of it; when to try
again, and what to tell, is decided elsewhere and for all kinds alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from redis import Redis

from shared import plugins, rules
from shared.errors import Invalid, NotFound
from shared.log import MASK
from shared.models import Alert

News = Literal["firing", "acknowledged", "resolved"]


class ChannelConfig(BaseModel):
    """Fields every channel has. Unknown fields are an error that names them."""

    model_config = ConfigDict(extra="forbid")

    title_template: str = Field("", max_length=1_000, description="Jinja2, for rules without one of their own.")
    body_template: str = Field("", max_length=4_000)
    enabled: bool = Field(True, description="Off: its notifications are kept as dead letters, not sent.")


@dataclass(frozen=True, slots=True)
class Item:
    """One alert's news within a notification."""

    news: News
    alert: Alert
    link: str
    """Address of the alert on the board."""
    message_id: str = ""
    """What the channel answered when it was told of this alert before; for edits and threads."""
    reminder: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one channel about one or more alerts, oldest news first."""

    channel: str
    items: Sequence[Item]
    title: str
    text: str
    """Plain text, complete in itself."""
    html: str
    template_failure: str = ""
    """Why a template was not used and the default wording was; "" if all is well."""
    test: bool = False
    """Sent by the test button: marked as such for whoever reads it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered to a message it accepted."""

    answer: str = ""
    """Short, without secrets; shown in the timeline and by the test button."""
    message_ids: Mapping[str, str] = field(default_factory=dict)
    """Alert id → the provider's id of its message."""


class DeliveryError(Exception):
    """
    An attempt that did not end in acceptance.

    Attributes:
        verdict: `permanent` trying again cannot help; `retryable` not accepted, try again; `uncertain` it may have been
            accepted (no answer came): try again where a duplicate is bearable.
        reason: For people, without secrets.
        retry_after_ms: What the provider asked for; None if it did not.
    """

    def __init__(
        self,
        verdict: Literal["permanent", "retryable", "uncertain"],
        reason: str,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.retry_after_ms = retry_after_ms


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel may use of the process it runs in."""

    redis: Redis
    """For the channels that live in the product itself (web, dashboard)."""
    allow_private_addresses: bool = True


class Channel:
    """One kind, as its module describes it."""

    def __init__(self, kind: str, module: ModuleType) -> None:
        self.kind = kind
        self.config: type[ChannelConfig] = module.Config
        self.tells: frozenset[News] = module.TELLS
        self.groups: bool = module.GROUPS
        """Whether its messages are worth gathering; pages that are open take each at once."""
        self.needs_configuration: bool = any(f.is_required() for f in module.Config.model_fields.values())
        self._send = module.send

    def send(self, notification: Notification, config: Any, around: Surroundings) -> Receipt:
        """
        Make one attempt. Blocks for a bounded time; never retries.

        Raises:
            DeliveryError: it was not, or perhaps not, accepted.
        """
        return self._send(notification, config, around)

    def check(self, fields: Mapping[str, Any]) -> ChannelConfig:
        """
        Make a configuration of what somebody wrote.

        Raises:
            Invalid: naming every bad field.
        """
        try:
            return self.config.model_validate(dict(fields))
        except ValidationError as error:
            raise Invalid(rules.problems(error), f"The configuration of {self.kind}") from None

    def secret_fields(self) -> frozenset[str]:
        """Return the names of the fields that hold secrets."""
        return frozenset(
            name
            for name, f in self.config.model_fields.items()
            if f.annotation is SecretStr or SecretStr in get_args(f.annotation)
        )

    def masked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return *fields* fit for an answer: a set secret shows as the mask, an unset one as null."""
        secret = self.secret_fields()
        return {name: (MASK if value else None) if name in secret else value for name, value in fields.items()}

    def merged(self, fields: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return *fields*, each secret that still shows the mask replaced by the stored one."""
        secret = self.secret_fields()
        return {k: stored.get(k) if k in secret and v == MASK else v for k, v in fields.items()}


def catalogue() -> dict[str, Channel]:
    """Return the channels by kind."""
    return {kind: Channel(kind, module) for kind, module in plugins.scan("dispatchers.channels").items()}


def get(kind: str) -> Channel:
    """
    Return one kind.

    Raises:
        NotFound: no such channel.
    """
    found = catalogue().get(kind)
    if found is None:
        raise NotFound(f"There is no channel {kind}; choose one of {', '.join(catalogue())}.")
    return found
