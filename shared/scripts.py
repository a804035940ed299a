"""Lua scripts, one file each beside this module; loaded once a process and called by their hash."""

from functools import cache
from pathlib import Path

from redis import Redis
from redis.commands.core import Script

_FOLDER = Path(__file__).parent / "lua"


@cache
def source(name: str) -> str:
    """Return the text of `lua/<name>.lua`."""
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


def script(redis: Redis, name: str) -> Script:
    """Return a callable `(keys=…, args=…)` that runs by EVALSHA and loads the script again after a server restart."""
    return redis.register_script(source(name))
