"""Files of rows: CSV, JSON lines and Parquet; written whole or not at all, some thousand rows at a time. Shell."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from archive.export import INSTANTS, NESTED, Row
from shared.errors import ConfigurationError
from shared.model import encoding, reasons
from shared.model.events import LATEST_MS
from shared.model.spreadsheets import harmless

GROUP_ROWS = 20_000
"""Rows of one group of a Parquet file, which are in memory together."""
FORMATS = ("csv", "jsonl", "parquet")
_FLOATS = ("value", "threshold")
_INTEGERS = ("episode", "attempt", "took_ms")
_BOOLEANS = ("is_repeated",)

Progress = Callable[[int], None]
"""How many rows are written."""


def write(file: Path, form: str, columns: Sequence[str], rows: Iterable[Row], progress: Progress) -> int:
    """
    Write rows to a file, and return how many.

    Args:
        form: One of `FORMATS`.

    Raises:
        ConfigurationError: the file cannot be written, or the library for Parquet is missing.
    """
    pour = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}[form]
    if form == "parquet":
        _arrow()
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            if count % 1_000 == 0:
                progress(count)
            yield row

    with _whole(file) as out:
        pour(out, columns, counted())
    return count


@contextmanager
def _whole(file: Path) -> Iterator[IO[bytes]]:
    """Give a new file, which takes the place of *file* when the block ends without an error."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError as error:
        raise ConfigurationError(reasons.of("command.file", file=str(file), error=error.strerror or "?")) from error
    finally:
        fresh.unlink(missing_ok=True)


def _csv(out: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    import io

    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_name(column) for column in columns)
    instants = [i for i, column in enumerate(columns) if column in INSTANTS]
    # What people and senders of alerts wrote is opened in spreadsheets; samples and events are not changed.
    is_guarded = "alert_id" in columns or "rule_id" in columns
    for row in rows:
        cells: list[Any] = [harmless(cell) if is_guarded and isinstance(cell, str) else cell for cell in row]
        for i in instants:
            cells[i] = _time(cells[i])
        writer.writerow(cells)
    text.detach()


def _json_lines(out: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    for row in rows:
        cells: dict[str, Any] = {}
        for column, value in zip(columns, row, strict=True):
            if column in INSTANTS:
                cells[_name(column)] = _time(value)
            else:
                cells[column] = msgspec.Raw(value.encode()) if column in NESTED else value
        out.write(encoding.encode(cells) + b"\n")


def _parquet(out: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    arrow, parquet = _arrow()
    kinds = {
        **dict.fromkeys(INSTANTS, arrow.timestamp("ms", tz="UTC")),
        **dict.fromkeys(_FLOATS, arrow.float64()),
        **dict.fromkeys(_INTEGERS, arrow.int64()),
        **dict.fromkeys(_BOOLEANS, arrow.bool_()),
    }
    schema = arrow.schema([(_name(column), kinds.get(column, arrow.string())) for column in columns])
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        group: list[Row] = []

        def write_group() -> None:
            arrays = [arrow.array(cells, schema.field(i).type) for i, cells in enumerate(zip(*group, strict=True))]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            group.clear()

        for row in rows:
            group.append(row)
            if len(group) == GROUP_ROWS:
                write_group()
        if group:
            write_group()


def _arrow() -> tuple[Any, Any]:
    """Return the library that writes Parquet."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise ConfigurationError(reasons.of("archive.no_parquet")) from error
    return pyarrow, pyarrow.parquet


def _name(column: str) -> str:
    """Return the name of a column in a file: its instants are times, and no numbers."""
    return column.removesuffix("_ms") if column in INSTANTS else column


def _time(at_ms: int | None) -> str | None:
    if at_ms is None or not 0 <= at_ms <= LATEST_MS:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
