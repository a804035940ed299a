"""The second schema: an index of the words and values of alerts, for searching."""

from archive import search_schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of the index."""
    search_schema.create()
