"""A log that several processes write to: bounded, and nothing of its newest part lost by their rotating it."""

import logging
from pathlib import Path

from shared.log import _SharedFile


def test_writers_that_share_a_file_rotate_it_once_each_time_it_is_full(tmp_path: Path) -> None:
    file = tmp_path / "plugin_monitoring.log"
    writers = [_SharedFile(file, maxBytes=10_000, backupCount=5, encoding="utf-8") for _ in range(6)]
    for n in range(8_000):
        writers[n % 6].emit(logging.LogRecord("x", logging.INFO, "", 0, f"line {n:06d}", None, None))
    for writer in writers:
        writer.close()
    kept = sorted(
        line for one in tmp_path.glob("plugin_monitoring.log*") for line in one.read_text(encoding="utf-8").splitlines()
    )
    sizes = [one.stat().st_size for one in tmp_path.glob("plugin_monitoring.log.[1-5]")]

    assert [f"line {n:06d}" for n in range(8_000 - len(kept), 8_000)] == kept
    assert 5 == len(sizes)
    assert all(9_000 <= size <= 10_100 for size in sizes)
