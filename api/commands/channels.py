"""Commands about channels: `enhanced-alerts channels …`."""

import sys
from typing import Any

import click

from api.commands import completion, terminal


@click.group()
def channels() -> None:
    """List and test channels."""


@channels.command("list")
@terminal.AS_JSON
@terminal.told
def channels_list(as_json: bool) -> None:
    """List channels and their delivery status."""
    from dispatchers import channel as kinds
    from shared.redis import delivery_keys
    from shared.store import channel_store

    redis, _ = terminal.connected()
    stored = channel_store.load_stored(redis)
    found: list[dict[str, Any]] = []
    for name in sorted({*kinds.catalogue(), *stored}):
        kind = kinds.find(name)
        if kind is None:
            continue
        fields = stored.get(name) or channel_store.from_environment(name)
        state = "ready" if fields or not kind.needs_configuration else "not configured"
        if not fields.get("enabled", True):
            state = "switched off"
        failures = int(redis.get(delivery_keys.failures(name)) or 0)
        reason = (redis.get(delivery_keys.pause(name)) or b"").decode()
        found.append({"name": name, "kind": kind.kind, "state": state, "failures": failures, "reason": reason})
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        (c["name"], c["kind"], f"failed {c['failures']} times" if c["failures"] else c["state"], c["reason"])
        for c in found
    ]
    terminal.print_table(("CHANNEL", "KIND", "STATE", ""), rows, "There are no channels.")


@channels.command("test")
@click.argument("name", shell_complete=completion.channel_names)
@terminal.AS_JSON
@terminal.told
def channels_test(name: str, as_json: bool) -> None:
    """Send a test message, and show the answer."""
    from dispatchers import channel as kinds
    from shared.model import principals
    from shared.store import due_groups

    redis, _ = terminal.connected()
    kinds.get(name)
    who = principals.shown(terminal.user(), terminal.author().principal)
    with terminal.progress(f"Waiting for {name}"):
        result = due_groups.request_test(redis, name, who)
    summary = f"{'Accepted' if result['accepted'] else 'Not accepted'}: {result['answer']} ({result['took_ms']} ms)"
    terminal.answer(as_json, result, summary)
    if not result["accepted"]:
        sys.exit(1)
