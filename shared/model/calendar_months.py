"""Months of a time zone, written `YYYY-MM`. Pure."""

from datetime import datetime, tzinfo


def of(at_ms: int, zone: tzinfo) -> str:
    """Return the month in which an instant (epoch ms) lies."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return f"{local.year:04}-{local.month:02}"


def after(month: str, count: int) -> str:
    """Return the month so many months after another one; before it, if *count* is negative."""
    year, place = _number(month, count)
    return f"{year:04}-{place:02}"


def begin_ms(month: str, zone: tzinfo) -> int:
    """Return when a month begins, epoch ms."""
    return instant_ms(month, 1, 0, zone)


def instant_ms(month: str, day: int, hour: int, zone: tzinfo) -> int:
    """Return the instant of a day and an hour of a month, epoch ms."""
    return int(datetime(*_number(month, 0), day, hour, tzinfo=zone).timestamp() * 1000)


def _number(month: str, count: int) -> tuple[int, int]:
    year, place = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + count, 12)
    return year, place + 1
