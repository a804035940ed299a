"""What the commands share: a connection, errors as one sentence, tables and JSON."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from redis import Redis

    from shared.audit import Author
    from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


def told(command: F) -> F:
    """Turn every expected error into one sentence on stderr and exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from redis.exceptions import RedisError

        from shared.errors import AlertsError

        try:
            return command(*args, **kwargs)
        except AlertsError as error:
            click.echo(str(error), err=True)
        except RedisError as error:
            click.echo(f"Redis cannot serve this now: {str(error).splitlines()[0]}", err=True)
        sys.exit(1)

    return run  # type: ignore[return-value]


def connected() -> "tuple[Redis, Settings]":
    from shared import connection
    from shared.settings import Settings

    settings = Settings.from_environment()
    redis = connection.connect(settings.effective_redis_url)
    connection.check(redis, settings.effective_redis_url)
    return redis, settings


def author() -> "Author":
    from getpass import getuser

    from shared.audit import Author

    return Author(getuser(), address="command line")


def pairs(what: str, texts: Iterable[str]) -> list[tuple[str, str]]:
    from shared.errors import Invalid

    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise Invalid({what: f"write it as name=value, not {text!r}"}, "The event")
        found.append((name, value))
    return found


def print_json(value: Any) -> None:
    import msgspec

    click.echo(_json(msgspec.to_builtins(value)))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], when_empty: str) -> None:
    if not rows:
        click.echo(when_empty)
        return
    widths = [max(_width(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    for row in (heads, *rows):
        click.echo("  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())


def ago(at_ms: int) -> str:
    import time

    seconds = max(0, int(time.time() - at_ms / 1000))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def time_of(at_ms: int) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _width(text: str) -> int:
    """Columns on a terminal: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
