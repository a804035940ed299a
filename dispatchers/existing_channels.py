"""Channels as they are, recorded when the recorder of a new archive asks. Shell; a duty of the active router."""

from typing import Any

from msgspec import Raw
from redis import Redis

from dispatchers import channel as channels
from shared.errors import AlertsError
from shared.model.encoding import encode
from shared.model.records import ChannelFound
from shared.redis import keys
from shared.store import channel_store, records


def record(redis: Redis) -> int:
    """
    Record the configurations of all channels without their secrets, if the recorder has asked; returns how many.

    The question is answered in the transaction that removes it. What nobody can read, or a channel of a kind that is
    not known here, is left out.
    """
    if not redis.exists(keys.channels_wanted()):
        return 0

    def write(pipe: Any) -> int:
        stored = pipe.hgetall(keys.channels())
        names = sorted({*(name.decode("utf-8", "replace") for name in stored), *channel_store.ENVIRONMENT})
        found = [one for name in names if (one := _found(name, stored.get(name.encode()))) is not None]
        is_wanted = pipe.exists(keys.channels_wanted())
        pipe.multi()
        if not is_wanted:
            return 0
        records.stage(pipe, found)
        pipe.delete(keys.channels_wanted())
        return len(found)

    return int(redis.transaction(write, keys.channels(), keys.channels_wanted(), value_from_callable=True))


def _found(name: str, stored: bytes | None) -> ChannelFound | None:
    kind = channels.find(name)
    try:
        fields = channel_store.fields_of(name, stored)
    except (AlertsError, ValueError):
        return None
    return ChannelFound(channel=name, document=Raw(encode(kind.masked(fields)))) if kind and fields else None
