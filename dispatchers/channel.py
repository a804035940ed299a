"""
The contract of a channel kind, and the catalogue of kinds (`dispatchers/channels/<kind>.py`).

A kind is a module with a pydantic model `Config` (its form is drawn from the JSON schema; secrets are `SecretStr`), its
`TRAITS` and a function `send`. It makes one attempt and says what came of it; when to try again, how fast, and what to
tell, is decided elsewhere and for all kinds alike.

A channel is one destination. Its name is that of its kind, or begins with it: `slack`, `slack-ops`, `email-managers`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import ModuleType
from typing import Any, Literal, get_args

from pydantic import SecretStr, ValidationError

from dispatchers import masking, user_templates
from dispatchers.channel_config import NETWORK_FIELDS, ChannelConfig, trimmed
from dispatchers.ledger import News
from dispatchers.surroundings import Surroundings
from shared import plugins
from shared.errors import Invalid, NotFound
from shared.log import MASK
from shared.model import reasons, rules
from shared.model.alerts import Alert
from shared.model.reasons import Reason

Cause = Literal["message", "pace", "destination", "gone"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a destination may be called: one call each `every_ms` in the long run, `burst` at once."""

    every_ms: int
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Traits:
    """What the way of telling must know of a kind."""

    tells: frozenset[News] = frozenset(("firing", "acknowledged", "resolved"))
    """What it wants to hear of."""
    groups: bool = True
    """Whether its messages are worth gathering; pages that are open take each at once."""
    at_once: int = 100
    """Alerts in one notification."""
    edits: bool = False
    """Whether it changes the message of an alert (`Receipt.message_ids`) instead of sending another."""
    idempotent: bool = False
    """Whether the provider or the reader's program drops a notification sent twice."""
    limit: Limit | None = None
    """The provider's rate limit; None: none is known."""


Form = Literal["body", "text", "html"]


@dataclass(frozen=True, slots=True)
class Item:
    """One alert's news within a notification."""

    news: News
    alert: Alert
    link: str
    """Address of the alert on the board."""
    message_id: str = ""
    """The id that the channel returned for its earlier message about this alert; for edits and threads."""
    reminder: bool = False
    repeated: bool = False
    """The result of an earlier attempt at this news is unknown: recipients may have the message already."""


@dataclass(frozen=True)
class Notification:
    """One message to one channel about one or more alerts, oldest news first."""

    channel: str
    items: Sequence[Item]
    title: str
    worded: Callable[[Form], str]
    """Renders the body in one form, when it is first asked for, because most channels need only one form."""
    link: str
    """Where to read more: the alert, or the board if there are several."""
    write: Callable[[Sequence[Item]], "Notification"]
    """Writes the same notification about some of its items only."""
    summary: str = ""
    """For a single alert: its reason and duration, for channels that show only one line."""
    template_failure: str = ""
    """Why a template was not used and the default wording was; "" if all is well."""
    test: bool = False
    """Sent by the test button: the message says that it is a test."""

    @cached_property
    def body(self) -> str:
        """Plain text that follows the title; without the link."""
        return self.worded("body")

    @cached_property
    def text(self) -> str:
        """Plain text, complete in itself but for the title."""
        return self.worded("text")

    @cached_property
    def html(self) -> str:
        return self.worded("html")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered to a message it accepted."""

    answer: Reason | str = ""
    """Short, without secrets; shown in the timeline and by the test button. A text is quoted as the provider's own."""
    message_ids: Mapping[str, str] = field(default_factory=dict)
    """Alert id → the provider's id of its message."""
    pause_ms: int = 0
    """How long the provider wants to hear no more."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the configuration that the provider says have changed, e.g. a chat's new id."""
    refused: Reason = reasons.NONE
    """Why some of several recipients could not be told, for good."""

    @property
    def why(self) -> Reason:
        """The answer as a reason; `reasons.NONE` if there was none."""
        if isinstance(self.answer, Reason):
            return self.answer
        return reasons.of("delivery.answer", answer=self.answer) if self.answer else reasons.NONE


class DeliveryError(Exception):
    """
    An attempt that did not end in acceptance.

    Attributes:
        verdict: `permanent` trying again cannot help; `retryable` not accepted, try again; `uncertain` it may have been
            accepted (no answer came): try again where a duplicate is bearable.
        why: Without secrets; a text counts as the other side's answer.
        reason: The same for people, in English.
        retry_after_ms: What the provider asked for; None if it did not.
        cause: `message` this message is bad; `pace` too many; `destination` any other would have failed too; `gone`
            so will any other, until a person does something: the provider asks not to be called again.
        is_reached: Whether some of several recipients have had it, and so are to hear how it ends.
    """

    def __init__(
        self,
        verdict: Literal["permanent", "retryable", "uncertain"],
        why: Reason | str,
        retry_after_ms: int | None = None,
        cause: Cause = "destination",
        *,
        is_reached: bool = False,
    ) -> None:
        super().__init__(str(why))
        self.verdict = verdict
        self.why = reasons.of("delivery.answer", answer=why) if isinstance(why, str) else why
        self.retry_after_ms = retry_after_ms
        self.cause = cause
        self.is_reached = is_reached

    @property
    def reason(self) -> str:
        return str(self.why)


class Unfinished(Exception):
    """An attempt went well and takes too long for one call: another shall go on where this one ended."""


class Channel:
    """One kind, as its module describes it."""

    def __init__(self, kind: str, module: ModuleType) -> None:
        self.kind = kind
        self.config: type[ChannelConfig] = module.Config
        self.traits: Traits = module.TRAITS
        of_all = [name for name in NETWORK_FIELDS if name in self.config.model_fields]
        self.destinations: tuple[str, ...] = (*getattr(module, "DESTINATIONS", ()), *of_all)
        """Fields that say where the secrets are sent: changed, they need the secrets again."""
        self.needs_configuration: bool = not self._is_complete()
        self._send = module.send

    def send(self, notification: Notification, config: Any, around: Surroundings) -> Receipt:
        """
        Make one attempt. Blocks for a bounded time; never retries.

        Whatever the provider says back, also an echo of the request, is returned without the channel's secrets.

        Raises:
            DeliveryError: it was not, or perhaps not, accepted.
            Unfinished: not all of the recipients have been tried yet.
        """
        hidden = masking.secrets_of(config)
        try:
            receipt = self._send(notification, config, around.for_channel(config))
        except DeliveryError as error:
            error.why = masking.reason_without(error.why, hidden)
            raise
        return replace(
            receipt,
            answer=masking.reason_without(receipt.why, hidden),
            refused=masking.reason_without(receipt.refused, hidden),
        )

    def check(self, fields: Mapping[str, Any]) -> ChannelConfig:
        """
        Make a configuration from a request's or the environment's fields.

        Raises:
            Invalid: naming every bad field.
        """
        try:
            return self.config.model_validate(dict(fields))
        except ValidationError as error:
            raise Invalid(rules.problems(error), f"The configuration of {self.kind}") from None

    def check_new(self, fields: Mapping[str, Any]) -> ChannelConfig:
        """
        As `check`, before it is stored. A bad template is refused here; a delivery only falls back to the default one.

        Raises:
            Invalid: naming every bad field.
        """
        config = self.check(fields)
        for name in ("title_template", "body_template"):
            user_templates.check(getattr(config, name), name)
        return config

    def _is_complete(self) -> bool:
        """Tell whether a configuration without any field would do."""
        try:
            self.config.model_validate({})
        except ValidationError:
            return False
        return True

    def _differs(self, name: str, fields: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
        default = self.config.model_fields[name].default
        new, old = (trimmed(one.get(name, default)) for one in (fields, stored))
        # `Example.com` and `example.com` count as different: at worst a person enters a secret once more than needed.
        return bool(new != old)

    def secret_fields(self) -> frozenset[str]:
        """Return the names of the fields that hold secrets."""
        return frozenset(name for name, f in self.config.model_fields.items() if _holds_secret(f.annotation))

    def masked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return *fields* fit for an answer: a set secret shows as the mask, an unset one as null."""
        secret = self.secret_fields()
        return {name: (MASK if value else None) if name in secret else value for name, value in fields.items()}

    def merged(self, fields: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return *fields*, each secret that still shows the mask replaced by the stored one.

        Raises:
            Invalid: a secret would go to another destination than the one it was entered for.
        """
        secret = self.secret_fields()
        kept = [name for name in fields if name in secret and fields[name] == MASK and stored.get(name)]
        if moved := [name for name in self.destinations if name not in kept and self._differs(name, fields, stored)]:
            problem = reasons.of("invalid.secret_again", fields=moved)
            if kept := [name for name in kept if name not in moved]:
                raise Invalid(dict.fromkeys(kept, problem), f"The configuration of {self.kind}")
        return {k: stored.get(k) if k in secret and v == MASK else v for k, v in fields.items()}


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


@cache
def catalogue() -> dict[str, Channel]:
    """Return the channels by kind."""
    return {kind: Channel(kind, module) for kind, module in plugins.scan("dispatchers.channels").items()}


def find(name: str) -> Channel | None:
    """Return the kind of the channel *name*; None if there is none."""
    return catalogue().get(name.partition("-")[0])


def get(name: str) -> Channel:
    """
    Return the kind of the channel *name*.

    Raises:
        NotFound: no such kind.
    """
    found = find(name)
    if found is None:
        raise NotFound(reasons.of("missing.channel", channel=name, kinds=list(catalogue())))
    return found
