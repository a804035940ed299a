"""Commands about who may do what: `token` and `keys …`."""

from typing import Any

import click

from api.commands import terminal

ROLE = click.Choice(["publisher", "viewer", "operator", "admin"])


@click.command()
@click.option("--link", is_flag=True, help="Print a one-time sign-in link for a browser instead.")
@click.option("--name", default="admin", show_default=True, help="Purpose of the key, shown in lists.")
@click.option("--role", default="admin", show_default=True, type=ROLE)
@click.option("--days", default=30.0, show_default=True, help="Days until it expires.")
@click.option("--plugin", "plugins", multiple=True, help="With --role publisher: only plugins matching this glob.")
@click.option("--door", "doors", multiple=True, help="With --role publisher: only by this protocol, such as otlp.")
@terminal.AS_JSON
@terminal.told
def token(
    link: bool, name: str, role: Any, days: float, plugins: tuple[str, ...], doors: tuple[str, ...], as_json: bool
) -> None:
    """Create an API key, or a sign-in link."""
    from api.auth import api_keys, one_time
    from shared.errors import Invalid
    from shared.model import reasons

    redis, settings = terminal.connected()
    if link:
        code = one_time.create_sign_in_code(redis, name, role, author=terminal.author())
        address = f"{settings.effective_public_url}/sign-in?code={code}"
        terminal.answer(as_json, {"link": address}, address)
        return
    if not 0 < days <= 3_650:
        raise Invalid({"--days": reasons.of("invalid.days", most=3_650)}, "The token")
    key, secret = api_keys.create(redis, name, role, days, list(plugins), doors, author=terminal.author())
    terminal.answer(as_json, {"key": api_keys.shown(key), "token": secret}, secret)


@click.group("keys")
def keys_group() -> None:
    """List, revoke and rotate keys. `enhanced-alerts token` creates an API key."""


@keys_group.command("list")
@terminal.LIMIT
@terminal.AS_JSON
@terminal.told
def keys_list(limit: int, as_json: bool) -> None:
    """List API keys, newest first."""
    from api.auth import api_keys

    redis, _ = terminal.connected()
    every = api_keys.load_all(redis)
    found = every[:limit]
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        (
            key["id"],
            key["role"],
            key["name"],
            terminal.time_of(key["expires_at_ms"]) if key["expires_at_ms"] else "never",
            terminal.time_of(key["last_used_at_ms"]) if key["last_used_at_ms"] else "never",
        )
        for key in found
    ]
    terminal.print_table(
        ("ID", "ROLE", "NAME", "EXPIRES", "USED"), rows, "There are no API keys.", left_out=len(every) - limit
    )


@keys_group.command("revoke")
@click.argument("key_id")
@terminal.AS_JSON
@terminal.told
def keys_revoke(key_id: str, as_json: bool) -> None:
    """Revoke an API key at once."""
    from api.auth import api_keys

    redis, _ = terminal.connected()
    api_keys.revoke(redis, key_id, author=terminal.author())
    terminal.answer(as_json, {"revoked": key_id}, f"API key {key_id} is no good any more.")


@keys_group.command("rotate")
@terminal.AS_JSON
@terminal.told
def keys_rotate(as_json: bool) -> None:
    """Sign access tokens with a new key."""
    from api.auth import signing

    redis, _ = terminal.connected()
    key_id = signing.rotate(redis, author=terminal.author())
    said = f"Signing with key {key_id}; older tokens run out within a quarter of an hour."
    terminal.answer(as_json, {"key_id": key_id}, said)
