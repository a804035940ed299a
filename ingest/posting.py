"""Alerts of a request go to the streams: within what its key may send, and answered when they were taken. Shell."""

from typing import TypeVar

from api.limits import publishing
from ingest.alertmanager.calls import Call, Refusal
from ingest.formats.alertmanager import Posted
from shared.model import reasons
from shared.model.events import Event
from shared.model.external import Statement
from shared.redis import event_writer

About = TypeVar("About", Statement, Event)


def take(call: Call, posted: Posted, size_bytes: int) -> None:
    """
    Write what was posted; what the key may not publish for is refused in *posted*.

    Args:
        size_bytes: Of the body, for the quota of the key.

    Raises:
        Refusal: the key has sent too much; nothing was written. RedisError: not everything was taken.
    """
    posted.statements = _own(call, posted, posted.statements)
    posted.heartbeats = _own(call, posted, posted.heartbeats)
    if not posted.statements and not posted.heartbeats:
        return
    admit(call, size_bytes, posted)
    bounds = {"partitions": call.settings.partitions, "max_entries": call.settings.stream_max_entries}
    if posted.heartbeats:
        event_writer.write(call.redis, posted.heartbeats, **bounds)
    event_writer.write_statements(call.redis, posted.statements, **bounds)


def admit(call: Call, size_bytes: int, posted: Posted) -> None:
    """
    Count the bytes against the quotas of the key; heartbeats also as plugins.

    Raises:
        Refusal: the key has sent too much.
    """
    caller = call.caller
    size_bytes += publishing.EVENT_BYTES * len(posted.statements)
    allowed = publishing.admit(call.redis, call.settings, caller.principal, caller.name, size_bytes, posted.heartbeats)
    if allowed.wait_ms:
        seconds = max(1, -(-allowed.wait_ms // 1_000))
        later = reasons.of("limit.try_again", because=allowed.reason, wait_s=seconds)
        raise Refusal(503, later, {"Retry-After": str(seconds)})
    for plugin_id in allowed.plugins_refused:
        limits = {"limit": call.settings.publish_plugins, "total_limit": call.settings.publish_total_plugins}
        posted.refuse(reasons.of("limit.plugins_per_day", name=caller.name, plugin_id=plugin_id, **limits))
    posted.heartbeats = [event for event in posted.heartbeats if event.plugin_id not in allowed.plugins_refused]


def _own(call: Call, posted: Posted, found: list[About]) -> list[About]:
    """Return what is about plugins that the key may publish for, and refuse the rest."""
    own = []
    for one in found:
        if call.caller.may_publish_for(one.plugin_id):
            own.append(one)
        else:
            posted.refuse(reasons.of("event.not_your_plugin", name=call.caller.name, plugin_id=one.plugin_id))
    return own
