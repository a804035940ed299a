"""Commands about data at rest: `secrets …`, `backup`, `restore` and `migrate`."""

from pathlib import Path
from typing import Any

import click

from api.commands import terminal


@click.group("secrets")
def secrets_group() -> None:
    """Create and rotate keys that seal secrets."""


@secrets_group.command("key")
@terminal.AS_JSON
@terminal.told
def secrets_key(as_json: bool) -> None:
    """Print a new key for SECRET_KEYS."""
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    terminal.answer(as_json, {"key": key}, key)


@secrets_group.command("rotate")
@click.option("--only-seal", is_flag=True, help="Create no key; seal everything with the newest existing key.")
@terminal.AS_JSON
@terminal.told
def secrets_rotate(only_seal: bool, as_json: bool) -> None:
    """Seal all secrets with a new key. Old keys are kept, for old backups."""
    from api.auth import signing
    from shared import vault
    from shared.store import audit, channel_store, import_store, scrape_store, subscriptions

    redis, _ = terminal.connected()
    if not only_seal:
        vault.current().add_key()
    count = channel_store.seal_again(redis)
    signing.seal_again(redis)
    subscriptions.seal_again(redis)
    scrape_store.seal_again(redis)
    import_store.seal_again(redis)
    with redis.pipeline() as pipe:
        audit.stage(pipe, terminal.author(), "sealing-key.rotate", "only sealed" if only_seal else "new key")
        pipe.execute()
    place = vault.current().place
    said = f"{count} channels and the system's own keys are sealed with the newest key of {place}."
    terminal.answer(as_json, {"channels": count, "keys_from": place}, said)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-alerts", is_flag=True, help="Include alerts, history, statistics and audit.")
@terminal.AS_JSON
@terminal.told
def backup(file: Path, with_alerts: bool, as_json: bool) -> None:
    """
    Write a backup to FILE.

    It contains rules, channels, silences, users and keys; secrets stay sealed. The archive is not in it:
    `enhanced-alerts archive copy --to ANOTHER_FILE`.
    """
    from contextlib import suppress

    from redis.exceptions import OutOfMemoryError, ReadOnlyError

    from shared.errors import ConfigurationError
    from shared.model import reasons
    from shared.store import audit, backup

    if not file.name:
        raise ConfigurationError(reasons.of("command.file_name", option="FILE"))
    redis, settings = terminal.connected()
    with terminal.progress("Reading alerts") as advance:
        summary = backup.write(redis, settings.partitions, file, with_alerts=with_alerts, progress=advance)
    # A backup is wanted most when nothing can be written any more.
    with suppress(OutOfMemoryError, ReadOnlyError), redis.pipeline() as pipe:
        audit.stage(pipe, terminal.author(), "backup.write", file.name)
        pipe.execute()
    terminal.answer(as_json, {"file": str(file), **_shown(summary)}, f"{file}: {summary}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only check the file and list its content.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--unsigned", is_flag=True, help="Accept an unsigned file of a release before 0.2.")
@terminal.AS_JSON
@terminal.told
def restore(file: Path, dry_run: bool, yes: bool, unsigned: bool, as_json: bool) -> None:
    """
    Replace the stored data by a backup.

    Everything is replaced, or nothing; data that is not in FILE is deleted. The archive stays as it is:
    `enhanced-alerts archive copy --from ITS_FILE --to sqlite` (or postgres).
    """
    from api.change import restore as restoring

    redis, settings = terminal.connected()
    with terminal.progress("Checking the backup"):
        found = restoring.read(file, unsigned=unsigned)
    summary = found.summary()
    if not found.is_signed:
        click.echo(
            "Warning: this backup is not signed. Anyone who could write the file may have added users, keys and "
            "channels; check `enhanced-alerts users list`, the API keys and the channels afterwards.",
            err=True,
        )
    if not as_json:
        terminal.say(f"{file} of {terminal.time_of(summary.created_at_ms)}: {summary}.")
    if not dry_run:
        if not yes:
            click.confirm("Replace what the system has now?", abort=True, err=as_json)
        with terminal.progress("Restoring"):
            restoring.restore(redis, found, settings.partitions, author=terminal.author())
    if as_json:
        terminal.print_json({"file": str(file), "restored": not dry_run, **_shown(summary)})
    elif not dry_run:
        terminal.say("Restored.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@terminal.AS_JSON
@terminal.told
def migrate(dry_run: bool, as_json: bool) -> None:
    """
    Raise stored data to this release's schema.

    Run it after an upgrade, when no old process is left.
    """
    from shared.clock import SystemClock
    from shared.store import schema

    redis, _ = terminal.connected()
    schema.agree(redis)
    steps = schema.pending(redis)
    if not dry_run:
        with terminal.progress("Migrating"):
            schema.migrate(redis, SystemClock().now_ms())
    done = [{"schema": step.to, "what": step.what} for step in steps]
    if as_json:
        terminal.print_json({"steps": done, "schema": schema.current(redis), "made": not dry_run})
        return
    for step in steps:
        terminal.say(f"{'To do' if dry_run else 'Done'}: {step.what} (schema {step.to}).")
    if not steps:
        terminal.say(f"Nothing to do: the data have schema {schema.current(redis)}.")


def _shown(summary: Any) -> dict[str, Any]:
    return {"created_at_ms": summary.created_at_ms, "counts": dict(summary.counts)}
