"""Commands about scraping: `enhanced-alerts ingest targets …`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from api.commands import terminal

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def targets() -> None:
    """Show and change which targets are scraped."""


@targets.command("list")
@terminal.LIMIT
@terminal.AS_JSON
@terminal.told
def targets_list(limit: int, as_json: bool) -> None:
    """List all targets with their last scrape."""
    from shared.model import scrapes
    from shared.redis import connection
    from shared.store import scrape_store

    redis, _ = terminal.connected()
    files = scrape_store.files(redis, connection.server_ms(redis))
    every = sorted(scrapes.targets_of(scrape_store.load_all(redis), files), key=lambda t: (t.job, t.url, t.id))
    found = every[:limit]
    states = scrape_store.states(redis)
    if as_json:
        terminal.print_json([scrapes.described(target, states.get(target.id)) for target in found])
        return
    rows = []
    for target in found:
        last = states.get(target.id)
        if last is None:
            rows.append((target.job, target.url, "waiting", "", "", ""))
            continue
        state = "up" if last.up else "down"
        took = f"{last.duration_ms} ms"
        rows.append((target.job, target.url, state, str(last.samples), took, str(last.error or "")))
    heads = ("JOB", "ADDRESS", "STATE", "SAMPLES", "TOOK", "")
    terminal.print_table(heads, rows, "There are no targets.", left_out=len(every) - limit)


@targets.command("jobs")
@terminal.AS_JSON
@terminal.told
def targets_jobs(as_json: bool) -> None:
    """List the scrape jobs."""
    from shared.model import numbers
    from shared.store import scrape_store

    redis, _ = terminal.connected()
    jobs = scrape_store.load_all(redis)
    if as_json:
        terminal.print_json([scrape_store.shown(job) for job in jobs])
        return
    rows = [
        (
            job.name,
            "on" if job.enabled else "off",
            f"{numbers.exact(job.interval_seconds)} s",
            job.scheme + job.path,
            str(len(job.targets)),
        )
        for job in jobs
    ]
    terminal.print_table(("JOB", "", "INTERVAL", "PATH", "TARGETS"), rows, "There are no scrape jobs.")


@targets.command("files")
@terminal.AS_JSON
@terminal.told
def targets_files(as_json: bool) -> None:
    """List the files of targets, and what is wrong with them."""
    from shared.model import scrapes
    from shared.redis import connection
    from shared.store import scrape_store

    redis, _ = terminal.connected()
    files = scrape_store.files(redis, connection.server_ms(redis))
    if as_json:
        terminal.print_json([scrapes.file_described(file) for file in files])
        return
    rows = [(f.path, f.host, f.job, str(sum(len(g.targets) for g in f.groups)), str(f.error or "")) for f in files]
    terminal.print_table(("FILE", "ON", "JOB", "TARGETS", ""), rows, "No ingest process has read a file of targets.")


@targets.command("set")
@click.argument("job")
@click.argument("addresses", nargs=-1, metavar="HOST:PORT...")
@click.option("--interval", "interval_seconds", type=float, help="Seconds between two scrapes.  [default: 30]")
@click.option("--timeout", "timeout_seconds", type=float, help="Seconds until a scrape fails.  [default: 10]")
@click.option("--scheme", type=click.Choice(["http", "https"]))
@click.option("--path", help="[default: /metrics]")
@click.option("--param", "params", multiple=True, metavar="NAME=TEXT", help="Parameter of the query.")
@click.option("--label", "labels", multiple=True, metavar="NAME=TEXT", help="Added to every series.")
@click.option("--username", help="For Basic authentication.")
@click.option("--password-file", "password", type=_FILE)
@click.option("--bearer-token-file", "bearer_token", type=_FILE)
@click.option("--ca-file", "ca_certificate", type=_FILE, help="Certificate to trust, PEM.")
@click.option("--enabled/--disabled", default=None)
@terminal.AS_JSON
@terminal.told
def targets_set(
    job: str, addresses: Sequence[str], params: Sequence[str], labels: Sequence[str], as_json: bool, **given: Any
) -> None:
    """
    Create the scrape job JOB, or change what is given of it.

    Without addresses, an existing job keeps its own. Secrets are read from files, because other users can read the
    words of a command.
    """
    from shared.errors import NotFound
    from shared.model import numbers, scrapes
    from shared.store import scrape_store

    redis, _ = terminal.connected()
    try:
        before = scrape_store.get(redis, job)
        fields = before.stored()
        expected = scrape_store.version_of(before)
    except NotFound:
        fields, expected = {"name": job}, None
    fields |= {name: value for name, value in given.items() if value is not None}
    for name in ("password", "bearer_token", "ca_certificate"):
        if isinstance(file := fields.get(name), Path):
            fields[name] = file.read_text(encoding="utf-8", errors="replace").strip()
    if addresses:
        fields["targets"] = list(addresses)
    for name, texts in (("params", params), ("labels", labels)):
        if texts:
            fields[name] = dict(terminal.pairs(f"--{name.rstrip('s')}", texts))
    saved = scrapes.parse(fields)
    scrape_store.save(redis, saved, expected=expected, author=terminal.author())
    every = numbers.exact(saved.interval_seconds)
    sentence = f"Scrape job {job} has {len(saved.targets)} targets, each scraped every {every} s."
    terminal.answer(as_json, scrape_store.shown(saved), sentence)


@targets.command("remove")
@click.argument("job")
@terminal.AS_JSON
@terminal.told
def targets_remove(job: str, as_json: bool) -> None:
    """
    Delete the scrape job JOB.

    The series of its targets end.
    """
    from shared.store import scrape_store

    redis, _ = terminal.connected()
    scrape_store.delete(redis, job, author=terminal.author())
    terminal.answer(as_json, {"removed": job}, f"Scrape job {job} is deleted.")
