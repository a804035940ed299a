"""The configuration a delivery needs: decoded, checked, and refused with a reason for people."""

from dispatchers import channel as channels
from dispatchers.channel import Channel, DeliveryError
from dispatchers.channel_config import ChannelConfig
from shared.errors import AlertsError, ConfigurationError, Invalid, NotFound
from shared.model import reasons
from shared.model.reasons import Reason
from shared.store import channel_store


def checked(channel: str, stored: bytes | None, *, even_if_off: bool = False) -> tuple[Channel, ChannelConfig]:
    """
    Return a channel's kind and its checked configuration.

    Args:
        stored: The configuration as Redis holds it; None if there is none.

    Raises:
        DeliveryError: the channel is unknown, not configured or switched off, or its configuration is bad.
    """
    try:
        kind = channels.get(channel)
    except NotFound as error:
        raise DeliveryError("permanent", _in_words(error)) from None
    config = _check(kind, channel, stored)
    if not config.enabled and not even_if_off:
        raise DeliveryError("permanent", reasons.of("delivery.channel_off", channel=channel))
    return kind, config


def _check(kind: Channel, channel: str, stored: bytes | None) -> ChannelConfig:
    try:
        fields = channel_store.fields_of(channel, stored)
    except ConfigurationError as error:
        raise DeliveryError("retryable", _in_words(error)) from None
    except Exception:
        fields = None
    if not isinstance(fields, dict):
        raise DeliveryError("retryable", reasons.of("delivery.channel_unreadable", channel=channel))
    if not fields and kind.needs_configuration:
        where = f"PUT /api/enhanced-alerts/channels/{channel}/config"
        raise DeliveryError("permanent", reasons.of("delivery.channel_unconfigured", channel=channel, where=where))
    try:
        return kind.check(fields)
    except Invalid as error:
        raise DeliveryError("permanent", _in_words(error)) from None
    except Exception as error:
        reason = reasons.of("delivery.channel_unusable", channel=channel, error=type(error).__name__)
        raise DeliveryError("permanent", reason) from error


def _in_words(error: AlertsError) -> Reason:
    return reasons.of("delivery.channel_wrong", answer=error.cited())
