"""The tables of the control plane's records, for the migrations."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Make the tables."""
    _create_alerts()
    _create("timeline", "alert_id", [_big("version"), *_actor(), _text("line")])
    _create(
        "notifications",
        "alert_id",
        [
            *(_text(name) for name in ("channel", "group_name", "news", "outcome", "message_id", "detail")),
            *(_big(name) for name in ("episode", "attempt", "took_ms")),
            sa.Column("is_repeated", sa.SmallInteger, nullable=False),
        ],
    )
    _create("silences", "target_id", [*_revision(), _big("starts_at_ms"), _big("ends_at_ms")])
    for table in ("rule_revisions", "channel_revisions"):
        _create(table, "target_id", _revision())
    op.create_index("notifications_at", "notifications", ["at_ms"])
    if op.get_bind().dialect.name == "postgresql":
        for table in ("alerts", "silences", "rule_revisions", "channel_revisions"):
            # The bytes are compressed; the server need not try again.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN document SET STORAGE EXTERNAL")


def create_routes() -> None:
    """Make the table of the versions of the routes."""
    _create("route_revisions", "target_id", _revision())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE route_revisions ALTER COLUMN document SET STORAGE EXTERNAL")


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *(_big(name) for name in ("version", "first_at_ms", "changed_at_ms")),
        *(_text(name) for name in ("rule_id", "rule_name", "plugin_id", "plugin_name", "severity", "state", "labels")),
        *(_big(name) for name in ("started_at_ms", "fired_at_ms", "acknowledged_at_ms", "resolved_at_ms")),
        *(_text(name) for name in ("acknowledged_by", "acknowledged_by_principal")),
        *(_text(name) for name in ("resolved_by", "resolved_by_principal", "assignee")),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_index("alerts_first", "alerts", ["first_at_ms", "id"])
    op.create_index("alerts_rule", "alerts", ["rule_id", "first_at_ms"])
    op.create_index("alerts_plugin", "alerts", ["plugin_id", "first_at_ms"])


def _create(table: str, about: str, further: Sequence[sa.Column[Any]]) -> None:
    op.create_table(
        table,
        *(_big(name) for name in ("entry_ms", "entry_number")),
        sa.Column("item", sa.Integer, nullable=False),
        _text(about),
        _big("at_ms"),
        *([_text("kind")] if table == "timeline" else []),
        *further,
    )
    op.create_index(f"{table}_entry", table, ["entry_ms"])
    op.create_index(f"{table}_about", table, [about])


def _revision() -> list[sa.Column[Any]]:
    return [
        *(_text("change"), _big("revision"), *_actor(), _text("request_id")),
        sa.Column("document", sa.LargeBinary, nullable=True),
    ]


def _actor() -> list[sa.Column[Any]]:
    return [_text(name) for name in ("actor_kind", "actor_id", "actor_name")]


def _big(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
