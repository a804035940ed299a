"""Shell completion: the script a shell reads, and the names only the running system knows."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from redis import Redis

ANSWER_S = 0.5
"""Nobody waits longer for a Tab."""
MOST = 200


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print the completion script of a shell.

    bash: `eval "$(enhanced-alerts completion bash)"` in ~/.bashrc; zsh: the same in ~/.zshrc; fish:
    `enhanced-alerts completion fish | source` in ~/.config/fish/config.fish.
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(context.find_root().command, {}, "enhanced-alerts", "_ENHANCED_ALERTS_COMPLETE").source())


def rule_ids(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete ids of rules, with their names."""

    def read(redis: "Redis") -> Iterable[tuple[str, str]]:
        from shared.store import rule_store

        return ((rule.id, rule.name) for rule in rule_store.load_all(redis)[1])

    return _completed(begun, read)


def alert_ids(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete ids of active alerts, with what they are about."""

    def read(redis: "Redis") -> Iterable[tuple[str, str]]:
        from shared.store import alert_store

        ids = alert_store.active_ids(redis, 0, MOST - 1)
        return ((a.id, f"{a.rule_name}, {a.plugin_name}") for a in alert_store.load(redis, ids) if a is not None)

    return _completed(begun, read)


def channel_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete names of channels, configured or not."""

    def read(redis: "Redis") -> Iterable[tuple[str, str]]:
        from dispatchers import channel
        from shared.store import channel_store

        return ((name, "") for name in sorted({*channel.catalogue(), *channel_store.names(redis)}))

    return _completed(begun, read)


def _completed(begun: str, read: "Callable[[Redis], Iterable[tuple[str, str]]]") -> list[CompletionItem]:
    from redis.exceptions import RedisError

    from shared.errors import AlertsError
    from shared.redis import connection
    from shared.settings import Settings

    try:
        redis = connection.connect(Settings.from_environment().effective_redis_url, timeout_s=ANSWER_S)
        found = [CompletionItem(name, help=about or None) for name, about in read(redis) if name.startswith(begun)]
    except (AlertsError, RedisError, ModuleNotFoundError):
        return []  # A shell that is completing has no place for a complaint.
    return found[:MOST]
