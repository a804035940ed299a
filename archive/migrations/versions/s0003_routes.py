"""The third schema: the versions of the routes."""

from archive import record_schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    record_schema.create_routes()
