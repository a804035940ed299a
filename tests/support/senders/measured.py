"""
What the programs measure, in a folder: the file `free` is set by the test, and `count` numbers the measurements.

The numbers go on when a program starts again, so that a test can tell a lost measurement from one that was never made.
"""

from pathlib import Path


class Measured:
    """The folder of one program."""

    def __init__(self, folder: Path) -> None:
        self._free = folder / "free"
        self._count = folder / "count"

    def set_free(self, percent: float) -> None:
        new = self._free.with_suffix(".new")
        new.write_text(str(percent))
        new.rename(self._free)

    def free(self) -> float:
        return float(self._free.read_text())

    def count(self) -> int:
        """Return the number of the newest measurement; 0 before the first."""
        return int(self._count.read_text() or 0) if self._count.exists() else 0

    def measure(self) -> int:
        """Number one more measurement."""
        number = self.count() + 1
        new = self._count.with_suffix(".new")
        new.write_text(str(number))
        new.rename(self._count)
        return number
