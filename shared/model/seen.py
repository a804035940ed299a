"""The label sets of series that an `ingest` process saw lately, for the dry run of a mapping."""

from msgspec import Struct


class Seen(Struct):
    """Series of one source that came by one door."""

    source: str
    """Name of the API key, or of the scrape job."""
    door: str
    one_of: int
    """The series are a sample: one of so many."""
    series: list[tuple[dict[str, str], dict[str, str]]]
    """Each series' labels, its name as `__name__`, and those of its resource."""
