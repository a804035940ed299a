"""What one webhook states, and what its reader needs to know. Pure."""

from typing import Any

from msgspec import Struct, field

from ingest.incoming.notice import Notice


class Moment(Struct, frozen=True):
    """
    When a webhook came, and what holds for its alerts.

    Attributes:
        now_ms: By the clock of the streams.
        until_ms: When an alert ends whose sender says nothing more.
        sender: Name of the API key.
        event: What the body is about, of senders that state it in a header.
    """

    now_ms: int
    until_ms: int
    sender: str
    event: str = ""


class Heard(Struct):
    """
    What a webhook states. All of it may be empty: a test, or news that are no alert.

    Attributes:
        fires: Alerts that fire.
        ends: Keys (`dedup`) of alerts that have ended.
        ended_at_ms: When, by the sender's clock, which its beginnings have too; 0: when the message came.
        alerts: Alerts in the shape of Alertmanager's API, to be decoded as if they had been posted to it.
        left_out: How many alerts the sender left out of the message.
    """

    fires: list[Notice] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    ended_at_ms: int = 0
    alerts: list[Any] = field(default_factory=list)
    left_out: int = 0
