"""The tables of the search's index, for the migrations."""

import sqlalchemy as sa
from alembic import op

from archive import search_terms


def create() -> None:
    """Make the tables. Alerts that are there already are added by the recorder, block by block."""
    op.create_table(
        "search_documents",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        # `values` is a word of SQL.
        sa.Column("value_terms", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "search_terms",
        # The block comes first: what a change writes stands together.
        sa.Column("block", sa.Integer, nullable=False),
        sa.Column("term", sa.BigInteger, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("block", "term"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_blocks",
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("first_from_ms", "first_to_ms", "began_from_ms", "began_to_ms")
        ),
    )
    op.create_index("search_blocks_first", "search_blocks", ["first_to_ms", "block"])
    op.create_table("search_progress", sa.Column("indexed_from", sa.Integer, nullable=False))
    op.execute(
        f"INSERT INTO search_progress SELECT coalesce(max(number) / {search_terms.WIDTH} + 1, 0) FROM alerts"  # noqa: S608
    )
