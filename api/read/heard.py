"""The plugins heard of, as evaluators noted them. One note that nobody can read takes no other along."""

from bisect import bisect_right
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct, structs
from redis import Redis

from shared.redis import keys


class Plugin(Struct):
    """What was last heard of a plugin."""

    plugin_id: str
    last_at_ms: int
    plugin_name: str = ""
    parent_id: str = ""
    labels: dict[str, str] = {}
    metrics: dict[str, float] = {}
    states: dict[str, str] = {}
    late_since_ms: int = 0
    """Since when something of it has come late; 0: nothing does. For `doctor --rule`; the API's pages leave it out."""
    late_by_ms: int = 0


_decode = msgspec.json.Decoder(Plugin).decode


def plugins(redis: Redis) -> list[dict[str, Any]]:
    """Return every plugin that can be read."""
    return [structs.asdict(plugin) for plugin in _readable(redis)]


def page(redis: Redis, after: tuple[int, bytes] | None, limit: int) -> tuple[list[dict[str, Any]], bool, int]:
    """
    Return plugins, last heard of first, whether more follow, and how many there are.

    Args:
        after: `last_at_ms` and id of the plugin before the page; None: the first page.
    """
    order = lambda plugin: (-plugin.last_at_ms, plugin.plugin_id.encode())  # noqa: E731
    found = sorted(_readable(redis), key=order)
    begin = bisect_right(found, (-after[0], after[1]), key=order) if after else 0
    some = found[begin : begin + limit]
    shown = [{k: v for k, v in structs.asdict(one).items() if not k.startswith("late_")} for one in some]
    return shown, begin + limit < len(found), len(found)


def _readable(redis: Redis) -> list[Plugin]:
    found = []
    for body in redis.hvals(keys.plugins()):
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            found.append(_decode(body))
    return found
