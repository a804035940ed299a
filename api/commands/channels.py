"""Commands about channels: `enhanced-alerts channels …`."""

import sys

import click

from api.commands import terminal


@click.group()
def channels() -> None:
    """Channels: list, test."""


@channels.command("list")
@terminal.told
def channels_list() -> None:
    """Every channel: whether it is configured, and whether it delivers."""
    from dispatchers import channel as kinds
    from shared import channels as store
    from shared import keys

    redis, _ = terminal.connected()
    stored = store.load_stored(redis)
    rows = []
    for name in sorted({*kinds.catalogue(), *stored}):
        kind = kinds.find(name)
        if kind is None:
            continue
        fields = stored.get(name) or store.from_environment(name)
        state = "ready" if fields or not kind.needs_configuration else "not configured"
        if not fields.get("enabled", True):
            state = "switched off"
        failures = int(redis.get(keys.failures(name)) or 0)
        why = (redis.get(keys.pause(name)) or b"").decode()
        rows.append((name, kind.kind, f"failed {failures} times" if failures else state, why))
    terminal.print_table(("CHANNEL", "KIND", "STATE", ""), rows, "There are no channels.")


@channels.command("test")
@click.argument("name")
@terminal.told
def channels_test(name: str) -> None:
    """Send a marked test message through the real path, and say what the provider answered."""
    from getpass import getuser

    from dispatchers import channel as kinds
    from shared import notifying

    redis, _ = terminal.connected()
    kinds.get(name)
    result = notifying.request_test(redis, name, getuser())
    click.echo(f"{'Accepted' if result['accepted'] else 'Not accepted'}: {result['answer']} ({result['took_ms']} ms)")
    if not result["accepted"]:
        sys.exit(1)
