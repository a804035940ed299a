"""`enhanced-alerts`: the command line. Each group of commands is a module of `api.commands`."""

import os

import click

from api.commands import (
    access,
    alerts,
    archive,
    backups,
    channels,
    completion,
    events,
    explain,
    health,
    imports,
    ingest,
    notifications,
    processes,
    redis,
    report,
    routes,
    rules,
    silences,
    trends,
    users,
)
from shared import operator_language


class _Main(click.Group):
    """Judges the words before any command does: a shell hands over bytes, and not all of them are text."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for word in args:
            if "\0" in word or word != word.encode("utf-8", "replace").decode():
                raise click.UsageError("Write every word as UTF-8 text: one of them holds bytes that are none.", ctx)
        return super().parse_args(ctx, args)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="enhanced-alerts", prog_name="enhanced-alerts")
def main() -> None:
    """Event-driven alerting: plugins publish, rules decide, channels notify."""
    from shared import crash_points

    # What a command writes, exports and backups among it, is its user's alone.
    os.umask(0o077)
    operator_language.escape_unencodable()
    crash_points.arm()


for command in (
    processes.up,
    *processes.PROCESSES,
    ingest.ingest,
    events.publish,
    rules.rules,
    routes.routes,
    imports.imports,
    alerts.alerts,
    silences.silences,
    channels.channels,
    notifications.notifications_group,
    access.token,
    access.keys_group,
    users.users,
    backups.secrets_group,
    backups.backup,
    backups.restore,
    backups.migrate,
    archive.archive,
    trends.trends,
    explain.explain,
    report.report,
    redis.redis_acl,
    health.doctor,
    health.self_test,
    health.top,
    health.ready,
    completion.completion,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
