"""Commands about the archive: `archive status | prune | export | copy`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.about import About
    from archive.lag import Lag
    from archive.sql_archive import SqlArchive
    from shared.settings import Settings

KINDS = ("samples", "events", "alerts", "notifications", "timeline")
DAY = click.DateTime(formats=["%Y-%m-%d"])
PLACES = "`sqlite` (archive.db in DATA_DIR), `postgres` (DATABASE_URL), or the path of a file."


@click.group()
def archive() -> None:
    """See what the archive holds, remove days, export and copy it."""


@archive.command()
@terminal.AS_JSON
@terminal.told
def status(as_json: bool) -> None:
    """
    Show what the archive holds and takes.

    Sizes by table, oldest and newest entry, bytes a sample, how far the recorder is behind, and gaps.
    """
    import dataclasses

    from archive import lag
    from archive.about import about

    redis, settings = terminal.connected()
    place = _place(settings, "")
    with terminal.progress("Measuring"):
        archive = _to_read(place)
        found = about(archive)
        archive.close()
        behind = lag.read(redis, settings.partitions, found.cursors)
    if not as_json:
        _say_status(settings, found, behind)
        return
    shown = {"archive": _shown(place), "is_recording": settings.archive, "bytes_a_sample": found.bytes_a_sample}
    lags = [dataclasses.asdict(one) for one in behind]
    terminal.print_json({**shown, **dataclasses.asdict(found), "lag": lags})


def _say_status(settings: "Settings", found: "About", lag: "Sequence[Lag]") -> None:
    from archive.store import ALERTS, EVERY_STREAM, ROLLUPS
    from shared import kept_days

    dropped = {
        EVERY_STREAM: "entries dropped for lack of room",
        ROLLUPS: "rollups (a series and a day each) dropped for lack of room",
        ALERTS: "resolved alerts dropped for lack of room, with what was recorded of them",
    }
    most = kept_days.most_megabytes(settings)
    bound = f" of {most} MB" if most else ""
    free = f", {_megabytes(found.free_bytes)} of it free" if found.free_bytes else ""
    terminal.say(f"{_shown(_place(settings, ''))}: {_megabytes(found.size_bytes)}{bound}{free}.")
    if not settings.archive:
        terminal.say("Nothing is recorded: ARCHIVE is off.")
    if found.newest_ms:
        terminal.say(f"From {terminal.time_of(found.oldest_ms)} to {terminal.time_of(found.newest_ms)}.")
    terminal.say(
        f"In chunks: {found.events} events, {found.samples} samples, {found.bytes_a_sample:.2f} bytes a sample."
    )
    behind = [f"{one.stream} by {one.entries} entries, {one.behind_s:.0f} s" for one in lag if one.entries]
    terminal.say(f"The recorder is behind in {', '.join(behind)}." if behind else "All of the streams is recorded.")
    rows = [(one.table, str(one.rows), _megabytes(one.bytes)) for one in found.tables]
    terminal.print_table(("table", "rows", "size"), rows, "There are no tables.")
    for gap in found.gaps:
        what = dropped.get(gap.stream, f"entries of {gap.stream} not recorded")
        times = f"from {terminal.time_of(gap.from_ms)} to {terminal.time_of(gap.to_ms)}"
        terminal.say(f"Gap: {gap.entries} {what}, {times}.")


@archive.command()
@click.option("--before", required=True, type=DAY, metavar="YYYY-MM-DD", help="Remove the UTC days before this one.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@terminal.AS_JSON
@terminal.told
def prune(before: datetime, yes: bool, as_json: bool) -> None:
    """
    Remove the events of old days.

    The recorder removes by itself what is older than ARCHIVE_KEEP_DAYS.
    """
    from archive.store import DAY_MS
    from shared import kept_days
    from shared.store import audit

    redis, settings = terminal.connected()
    _to_read(_place(settings, "")).close()
    found = _to_write(_place(settings, ""))
    before_ms = _ms(before)
    events, chunks = found.execute(
        "SELECT coalesce(sum(events), 0), count(*) FROM chunks WHERE day < ?", (before_ms // DAY_MS,)
    ).fetchone()
    if not yes:
        click.confirm(f"Remove {events} events that arrived before {before:%Y-%m-%d}?", abort=True, err=as_json)
    with terminal.progress("Removing"):
        found.prune(before_ms // DAY_MS)
        size = found.size()
        while most_bytes := kept_days.most_megabytes(settings) * 1_000_000:
            dropped = found.keep_within(most_bytes)
            before_size, size = size, found.size()
            if size >= before_size and not any(gap.entries for gap in dropped):
                break
    with redis.pipeline() as pipe:
        audit.stage(pipe, terminal.author(), "archive.prune", f"{before:%Y-%m-%d}")
        pipe.execute()
    found.close()
    done = {"before": f"{before:%Y-%m-%d}", "events": int(events), "chunks": int(chunks), "size_bytes": size}
    terminal.answer(as_json, done, f"{events} events are removed; the archive takes {_megabytes(size)}.")


@archive.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--what", type=click.Choice(KINDS), default="samples", show_default=True)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl", "parquet"]), help="Default: as FILE ends.")
@click.option("--from", "first", type=DAY, metavar="YYYY-MM-DD", help="From this UTC day on.")
@click.option("--to", "last", type=DAY, metavar="YYYY-MM-DD", help="Until the end of this UTC day.")
@click.option("--plugin-id", "plugin_ids", multiple=True, help="Only this plugin; may be repeated.")
@click.option("--metric", "metrics", multiple=True, help="Only this metric, of samples; may be repeated.")
@terminal.AS_JSON
@terminal.told
def export(
    file: Path,
    what: str,
    form: str | None,
    first: datetime | None,
    last: datetime | None,
    plugin_ids: tuple[str, ...],
    metrics: tuple[str, ...],
    as_json: bool,
) -> None:
    """
    Write samples, events or alerts to FILE.

    As CSV, JSON lines (.jsonl) or Parquet, which needs `pip install 'enhanced-alerts[parquet]'`. Samples and events are
    in order by UTC day of arrival and plugin. Alerts are chosen by when they began. `notifications` has each attempt,
    `timeline` each line, acknowledgements and comments among them; both name the alert. FILE is written whole or not at
    all.
    """
    from archive import export_files
    from archive.export import KINDS, Wanted
    from shared.errors import ConfigurationError
    from shared.model import reasons
    from shared.model.events import LATEST_MS
    from shared.settings import Settings

    form = form or file.suffix.removeprefix(".")
    if form not in export_files.FORMATS:
        raise ConfigurationError(reasons.of("command.archive_format", formats=list(export_files.FORMATS)))
    to_ms = _ms(last + timedelta(days=1)) if last else LATEST_MS
    wanted = Wanted(_ms(first) if first else 0, to_ms, frozenset(plugin_ids), frozenset(metrics))
    columns, rows = KINDS[what]
    found = _to_read(_place(Settings.from_environment(), ""))
    with terminal.progress(f"Writing {what}") as advance:
        count = export_files.write(file, form, columns, rows(found, wanted), lambda done: advance(done, 0))
    found.close()
    terminal.answer(as_json, {"file": str(file), "rows": count}, f"{file}: {count} rows of {what}.")


@archive.command()
@click.option("--from", "source", default="", metavar="PLACE", help="Default: the archive in use.")
@click.option("--to", "target", required=True, metavar="PLACE", help=f"Where the copy goes: {PLACES}")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@terminal.AS_JSON
@terminal.told
def copy(source: str, target: str, yes: bool, as_json: bool) -> None:
    """
    Make another archive hold what this one holds.

    SQLite to PostgreSQL and back; also a backup of either into a file, and its way back. It can be interrupted and
    started again: what is there already is not written again. Both are compared at the end, row by row.
    """
    from archive.copying import copy as copy_rows
    from shared import process
    from shared.clock import SystemClock
    from shared.errors import ConfigurationError
    from shared.model import reasons

    redis, settings = terminal.connected()
    places = _place(settings, source), _place(settings, target)
    if places[0] == places[1]:
        raise ConfigurationError(reasons.of("command.archive_same", place=_shown(places[0])))
    recorders = [one for one in process.reports(redis, SystemClock().now_ms()) if one.component == "recorder"]
    if places[1] == _place(settings, "") and any("switched_off" not in one.detail for one in recorders):
        raise ConfigurationError(reasons.of("command.archive_recorder", place=_shown(places[1])))
    here, there = _to_read(places[0]), _to_write(places[1])
    (events,) = there.execute("SELECT coalesce(sum(events), 0) FROM chunks").fetchone()
    if events and not yes:
        question = f"{_shown(places[1])} holds {events} events. Replace what {_shown(places[0])} does not hold?"
        click.confirm(question, abort=True, err=as_json)
    with terminal.progress("Copying and comparing") as advance:
        written, compared = copy_rows(here, there, advance)
    here.close()
    there.close()
    if wrong := [one.table for one in compared if not one.is_equal]:
        raise ConfigurationError(reasons.of("archive.copy_differs", tables=wrong))
    if as_json:
        tables = [{"table": one.table, "rows": one.rows, "digest": one.digest} for one in compared]
        terminal.print_json({"to": _shown(places[1]), "rows_written": written, "tables": tables})
        return
    terminal.print_table(
        ("table", "rows", "digest"), [(one.table, str(one.rows), one.digest[:16]) for one in compared], ""
    )
    terminal.say(f"{_shown(places[1])} holds the same as {_shown(places[0])}; {written} rows were written.")


def _place(settings: "Settings", name: str) -> Path | str:
    """Return the file or the URL that a place is; "" is the archive in use."""
    from archive import opening
    from shared.errors import ConfigurationError
    from shared.model import reasons

    if not name:
        return opening.place_of(settings)
    if name == "sqlite":
        return settings.data_dir.absolute() / opening.FILE
    if name == "postgres":
        if not settings.database_url:
            raise ConfigurationError(reasons.of("command.archive_no_database"))
        return settings.database_url
    return Path(name).absolute()


def _to_read(place: Path | str) -> "SqlArchive":
    from archive import opening
    from shared.errors import ConfigurationError
    from shared.model import reasons

    found = opening.open_to_read(place)
    if found is None:
        raise ConfigurationError(reasons.of("archive.none", place=_shown(place)))
    found.take_time()
    return found


def _to_write(place: Path | str) -> "SqlArchive":
    from archive import opening

    found = opening.open_archive(place)
    found.take_time()
    return found


def _shown(place: Path | str) -> str:
    from archive import postgres

    return str(place) if isinstance(place, Path) else postgres.shown(place)


def _ms(day: datetime) -> int:
    return int(day.replace(tzinfo=UTC).timestamp() * 1000)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
