"""The first schema: cursors, journals, chunks with their summaries, gaps, and the records of the control plane."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from archive import record_schema

revision = "0001"
down_revision = None

_BY_DAY: dict[str, Any] = {"postgresql_partition_by": "RANGE (day)"}
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""SQLite stores the rows in the order of their primary key, without a second index."""


def upgrade() -> None:
    """Make the tables. On PostgreSQL, those with a day are partitioned; rows of a day without one go to the default."""
    op.create_table(
        "cursors",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("moved_at_ms", sa.BigInteger, nullable=False),
        **_CLUSTERED,
    )
    op.create_table(
        "journal",
        sa.Column("stream", sa.Text, nullable=False),
        *_first_entry(),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream", "first_ms", "first_number"),
    )
    op.create_table(
        "gaps",
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("to_ms", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "names",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "chunks",
        sa.Column("plugin", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        *_first_entry(),
        sa.Column("events", sa.Integer, nullable=False),
        *_range(),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "day", "first_ms", "first_number"),
        **_BY_DAY,
    )
    op.create_table(
        "summaries",
        sa.Column("plugin", sa.Integer, nullable=False),
        sa.Column("metric", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        *_first_entry(),
        *_range(),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("least", sa.Double),
        sa.Column("most", sa.Double),
        sa.Column("total", sa.Double),
        sa.PrimaryKeyConstraint("plugin", "metric", "day", "first_ms", "first_number"),
        **_BY_DAY,
        **_CLUSTERED,
    )
    op.create_table(
        "rollups",
        # The day of the samples' own time. It comes first: today's rows, which change, stand together.
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("plugin", sa.Integer, nullable=False),
        sa.Column("metric", sa.Integer, nullable=False),
        sa.Column("hours", sa.LargeBinary, nullable=False),
        sa.Column("minutes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", "plugin", "metric"),
        **_BY_DAY,
    )
    op.create_table(
        "others",
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        *_first_entry(),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream", "day", "first_ms", "first_number"),
        **_BY_DAY,
    )
    record_schema.create()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("chunks", "summaries", "rollups", "others"):
            op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        for table in ("journal", "chunks", "others"):
            # The bytes are compressed; the server need not try again.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN body SET STORAGE EXTERNAL")


def _first_entry() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("first_number", sa.BigInteger, nullable=False),
    )


def _range() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("least_at_ms", sa.BigInteger, nullable=False),
        sa.Column("most_at_ms", sa.BigInteger, nullable=False),
    )
