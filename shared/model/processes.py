"""What a process reports of itself, again and again while it lives."""

from msgspec import Struct


class ProcessReport(Struct, kw_only=True):
    """A process's sign of life."""

    component: str
    pid: int
    host: str
    started_at_ms: int
    at_ms: int
    ready: bool
    counters: dict[str, float] = {}
    detail: dict[str, str] = {}
    schema: int = 1
    """The newest schema of stored data that the process reads; releases that do not report it read schema 1."""
