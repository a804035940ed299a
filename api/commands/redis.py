"""The command `redis-acl`, which creates a Redis user for each kind of process."""

from pathlib import Path

import click

from api.commands import terminal


@click.command("redis-acl")
@click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the access list to this file (mode 0600) instead of printing it.",
)
@terminal.AS_JSON
@terminal.told
def redis_acl(file: Path | None, as_json: bool) -> None:
    """
    Create Redis users for the kinds of processes.

    Each user has a new password. Nothing is changed on a server. Put the lines into the server's `aclfile`, load them
    with ACL LOAD, and give each process the REDIS_URL of its own user. The publisher's user, for hosts of plugins, can
    only add events, to as many partitions as PARTITIONS states.
    """
    import secrets

    from shared.errors import ConfigurationError
    from shared.model import reasons
    from shared.redis import acl
    from shared.redis.local_server import write_private
    from shared.settings import Settings

    if file is not None and not file.name:
        raise ConfigurationError(reasons.of("command.file_name", option="--file"))
    passwords = {role: secrets.token_urlsafe(24) for role in acl.RULES}
    lines = acl.lines(passwords, Settings.from_environment().partitions)
    if file is not None:
        try:
            write_private(file.absolute(), "\n".join(lines) + "\n")
        except OSError as error:
            raise ConfigurationError(reasons.of("command.file", file=str(file), error=error.strerror)) from error
    addresses = {role: f"redis://{acl.user(role)}:{passwords[role]}@HOST:6379/0" for role in acl.RULES}
    if as_json:
        terminal.print_json({"acl": lines, "addresses": addresses})
        return
    if file is None:
        click.echo("\n".join(lines))
        click.echo()
    click.echo("\n".join(f"{role:<10} REDIS_URL={address}" for role, address in addresses.items()))
