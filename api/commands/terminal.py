"""What the commands share: a connection, errors as one sentence, tables and JSON."""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.console import OUR_PACKAGES, SERVER_MISSING
from shared import operator_language
from shared.model import printable

if TYPE_CHECKING:
    from redis import Redis

    from shared.errors import AlertsError
    from shared.settings import Settings
    from shared.store.audit import Author

F = TypeVar("F", bound=Callable[..., Any])
LIMIT = click.option(
    "--limit", default=10_000, type=click.IntRange(1, 10_000), help="Maximum number of entries.", show_default=True
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def told(command: F) -> F:
    """
    Turn every expected error into one sentence on stderr and exit code 1.

    It is in the operator's language. With `--json` it is `{"error": …, "code": …, "values": …}` on stdout, so that a
    program has one thing to read; `errors` has the same for each bad field.
    """

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from redis.exceptions import RedisError

        from shared.errors import AlertsError
        from shared.model import reasons

        try:
            return command(*args, **kwargs)
        except AlertsError as error:
            found = _as_typed(error)
        except RedisError as error:
            found = AlertsError(reasons.of("command.redis_failed", error=str(error).splitlines()[0]))
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in OUR_PACKAGES:
                raise
            found = AlertsError(reasons.of(SERVER_MISSING, module=error.name or "a module"))
        if kwargs.get("as_json"):
            print_json(_problem(found))
        else:
            say(found.in_words(operator_language.language()), err=True)
        sys.exit(1)

    return run  # type: ignore[return-value]


def _as_typed(error: "AlertsError") -> "AlertsError":
    """Return an error that names options and arguments of the command in the place of fields."""
    from shared.errors import Invalid

    context = click.get_current_context(silent=True)
    if context is None or not isinstance(error, Invalid):
        return error
    names: dict[str, str] = {}
    for one in context.command.params:
        shown = _shown_name(one)
        # `--id` is `rule_id` here and `id` in the rule.
        names |= {(one.name or ""): shown, shown.removeprefix("--").replace("-", "_"): shown}
    return error.renamed(names)


def _shown_name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or (parameter.name or "").upper()).strip("[].")


def _problem(error: "AlertsError") -> dict[str, Any]:
    from shared.errors import Invalid
    from shared.model import reasons

    language = operator_language.language()
    found: dict[str, Any] = {"error": error.in_words(language), **reasons.coded(error.reason)}
    if isinstance(error, Invalid):
        found["errors"] = [
            {"field": field, "message": reasons.text(reason, language), **reasons.coded(reason)}
            for field, reason in error.reasons.items()
        ]
    return found


def say(text: str, *, err: bool = False) -> None:
    """Write *text* for people; what strangers put into it does not command their terminal."""
    click.echo(printable.lines(text), err=err)


def answer(as_json: bool, value: Any, sentence: str) -> None:
    """Say what was done: *value* as JSON, or *sentence* for people."""
    if as_json:
        print_json(value)
    else:
        say(sentence)


@contextmanager
def progress(what: str) -> "Iterator[Callable[[int, int], None]]":
    """
    Show a progress bar for *what* on stderr, if that is a terminal.

    Yields:
        A function to report progress: how much is done, of how much.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def write_file(file: Path, text: str) -> None:
    """
    Write *text*, whole or not at all.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    from shared.errors import ConfigurationError
    from shared.model import reasons

    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise ConfigurationError(reasons.of("command.file", file=str(file), error=error.strerror)) from error


def connected() -> "tuple[Redis, Settings]":
    from shared.redis import connection
    from shared.settings import Settings

    settings = Settings.from_environment()
    redis = connection.connect(settings.effective_redis_url)
    connection.check(redis, settings.effective_redis_url)
    return redis, settings


def user() -> str:
    """Return the name of who runs this command; in a container, a user id may have none."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):  # OSError from Python 3.13 on.
        return f"uid-{os.getuid()}"


def author() -> "Author":
    from shared.model.principals import principal
    from shared.store.audit import Author

    name = user()
    return Author(name, address="command line", principal=principal("shell", name))


def pairs(what: str, texts: Iterable[str]) -> list[tuple[str, str]]:
    from shared.errors import Invalid
    from shared.model import reasons

    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise Invalid({what: reasons.of("invalid.pair_form", given=repr(text))}, "The event")
        found.append((name, value))
    return found


def print_json(value: Any) -> None:
    click.echo(printable.in_json(json.dumps(value, ensure_ascii=False, indent=2, default=_plain)))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], when_empty: str, *, left_out: int = 0) -> None:
    """
    Print rows under their heads, or a sentence if there are none.

    Args:
        left_out: Rows beyond the limit; said on stderr, so that the table stays a table.
    """
    rows = [[printable.one_line(cell) for cell in row] for row in rows]
    if not rows:
        say(when_empty)
        return
    widths = [max(_width(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    for row in (heads, *rows):
        say("  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())
    if left_out > 0:
        say(f"{left_out} more are left out (--limit).", err=True)


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


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def _width(text: str) -> int:
    """Columns on a terminal: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
