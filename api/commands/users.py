"""Commands about people who sign in: `enhanced-alerts users …`."""

from typing import Any

import click

from api.commands import terminal
from api.commands.access import ROLE


@click.group()
def users() -> None:
    """List, add, change and delete users."""


@users.command("list")
@terminal.LIMIT
@terminal.AS_JSON
@terminal.told
def users_list(limit: int, as_json: bool) -> None:
    """List users."""
    from api.auth import users

    redis, _ = terminal.connected()
    every = [users.shown(user) for user in users.load_all(redis)]
    found = every[:limit]
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        (u["name"], u["role"], "" if u["enabled"] else "disabled", terminal.time_of(u["created_at_ms"])) for u in found
    ]
    terminal.print_table(
        ("NAME", "ROLE", "", "SINCE"), rows, "There are no users; see `users add -h`.", left_out=len(every) - limit
    )


PASSWORD = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Prompted for if not given."
)


@users.command("add")
@click.argument("name")
@click.option("--role", default="viewer", show_default=True, type=ROLE)
@PASSWORD
@terminal.AS_JSON
@terminal.told
def users_add(name: str, role: Any, password: str, as_json: bool) -> None:
    """Add a user."""
    from api.auth import users

    redis, _ = terminal.connected()
    users.create(redis, name, role, password, author=terminal.author())
    terminal.answer(as_json, {"name": name, "role": role}, f"{name} can sign in as {role}.")


@users.command("password")
@click.argument("name")
@PASSWORD
@terminal.AS_JSON
@terminal.told
def users_password(name: str, password: str, as_json: bool) -> None:
    """Set a user's password and end their sessions."""
    _change_user(name, password=password)
    terminal.answer(as_json, {"name": name}, f"{name} has a new password, and must sign in again.")


@users.command("role")
@click.argument("name")
@click.argument("role", type=ROLE)
@terminal.AS_JSON
@terminal.told
def users_role(name: str, role: Any, as_json: bool) -> None:
    """Change a user's role and end their sessions."""
    _change_user(name, role=role)
    terminal.answer(as_json, {"name": name, "role": role}, f"{name} is {role} now, and must sign in again.")


@users.command("disable")
@click.argument("name")
@terminal.AS_JSON
@terminal.told
def users_disable(name: str, as_json: bool) -> None:
    """Disable a user."""
    _change_user(name, enabled=False)
    terminal.answer(as_json, {"name": name, "enabled": False}, f"{name} is shut out.")


@users.command("enable")
@click.argument("name")
@terminal.AS_JSON
@terminal.told
def users_enable(name: str, as_json: bool) -> None:
    """Enable a user."""
    _change_user(name, enabled=True)
    terminal.answer(as_json, {"name": name, "enabled": True}, f"{name} can sign in again.")


@users.command("delete")
@click.argument("name")
@terminal.AS_JSON
@terminal.told
def users_delete(name: str, as_json: bool) -> None:
    """Delete a user."""
    from api.auth import users

    redis, _ = terminal.connected()
    users.delete(redis, name, author=terminal.author())
    terminal.answer(as_json, {"deleted": name}, f"{name} is gone.")


def _change_user(name: str, **changes: Any) -> None:
    from api.auth import users

    redis, _ = terminal.connected()
    users.change(redis, name, **changes, author=terminal.author())
