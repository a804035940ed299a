"""Commands that publish: `enhanced-alerts publish`."""

import json
from typing import Any

import click

from api.commands import terminal


@click.command()
@click.argument("plugin_id")
@click.argument("metrics", nargs=-1, metavar="[METRIC=VALUE]...")
@click.option("--name", default="", help="Name shown to people.")
@click.option("--parent", default="", metavar="PLUGIN_ID", help="The plugin that this one is a part of.")
@click.option("--state", "states", multiple=True, metavar="NAME=TEXT")
@click.option("--error", "errors", multiple=True, metavar="TYPE[:MESSAGE]")
@click.option("--label", "labels", multiple=True, metavar="NAME=TEXT")
@terminal.AS_JSON
@terminal.told
def publish(
    plugin_id: str,
    metrics: tuple[str, ...],
    name: str,
    parent: str,
    states: tuple[str, ...],
    errors: tuple[str, ...],
    labels: tuple[str, ...],
    as_json: bool,
) -> None:
    """
    Publish one event.

    Example: `publish my_plugin cpu_usage=95 --label region=kr`.
    """
    from shared.errors import Invalid
    from shared.model import reasons
    from shared.model.partitions import partition_of
    from shared.redis import keys

    redis, settings = terminal.connected()
    fields: dict[str, Any] = {"plugin_id": plugin_id, "plugin_name": name, "parent_id": parent, "metrics": {}}
    for metric, text in terminal.pairs("METRIC=VALUE", metrics):
        try:
            fields["metrics"][metric] = float(text)
        except ValueError:
            raise Invalid({metric: reasons.of("event.no_number", given=repr(text))}, "The event") from None
    fields["states"] = dict(terminal.pairs("--state", states))
    fields["labels"] = dict(terminal.pairs("--label", labels))
    fields["errors"] = [{"type": kind, "message": message} for kind, _, message in (e.partition(":") for e in errors)]
    body = json.dumps(fields, ensure_ascii=False).encode()
    _check(body)
    entry_id = redis.xadd(keys.events(partition_of(plugin_id, settings.partitions)), {keys.EVENT_FIELD: body})
    terminal.answer(
        as_json, {"plugin_id": plugin_id, "entry": entry_id.decode()}, f"Published an event of {plugin_id}."
    )


def _check(body: bytes) -> None:
    """Check an event as evaluators do."""
    from shared.clock import SystemClock
    from shared.errors import Invalid
    from shared.redis import streams

    _, bad = streams.decode(body, SystemClock().now_ms())
    if bad:
        # The reason of an event that is refused whole names its field, as the error does.
        problems = {d.field or "event": d.why.values.get("because", d.why) for d in bad[0].dropped}
        raise Invalid(problems or {"event": bad[0].why}, "The event")
