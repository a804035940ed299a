"""What operators' commands ask of the archive's database, and the two databases answer in different ways."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence


class Upkeep(ABC):
    """Sizes, and what copying needs; `sqlite` and `postgres` implement it."""

    @abstractmethod
    def take_time(self) -> None:
        """Let statements and waits of this connection take minutes: nothing else depends on it."""

    @abstractmethod
    def size(self) -> int:
        """As `Archive.size`."""

    @abstractmethod
    def free(self) -> int:
        """Return how many of these bytes are free for new rows; 0 if the database does not tell."""

    @abstractmethod
    def table_sizes(self, tables: Sequence[str]) -> dict[str, int]:
        """Return what each table takes with its indexes, in bytes."""

    @abstractmethod
    def make_partitions(self, table: str, days: Iterable[int]) -> None:
        """Make ready for rows of these UTC days, where a table keeps days apart."""

    @abstractmethod
    def unplaced_days(self) -> list[int]:
        """As `Archive.unplaced_days`."""

    @abstractmethod
    def number_on(self, table: str, column: str) -> None:
        """Let the numbers that the database gives go on behind those that were copied."""
