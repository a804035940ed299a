"""What `enhanced-alerts up` does before it starts a component: checks, the embedded server, migration, first rules."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from api.change import rule_files
from api.supervise.embedded import EmbeddedServer
from api.web.serving import check_port_is_free
from shared import operator_language, process, variables
from shared.clock import SystemClock
from shared.errors import ConfigurationError
from shared.model import reasons
from shared.model.alerts import SCHEMA
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import schema

Say = Callable[[str], None]


def prepare(settings: Settings, server: EmbeddedServer | None, say: Say) -> Redis:
    """
    Make this machine and Redis ready for the components.

    Args:
        server: The embedded server, which this function starts; None if `REDIS_URL` names another server.

    Returns:
        A connection to Redis. Its data has this release's schema; if it had no rules, the ready-made rules were added.

    Raises:
        AlertsError: The system cannot start; the message is one sentence with the reason.
    """
    for folder, variable in ((settings.data_dir, "DATA_DIR"), (settings.log_dir, "LOG_DIR")):
        _check_writable(folder, variable)
    check_port_is_free(settings.api_host, settings.api_port, "API_PORT")
    check_port_is_free(settings.ingest_host, settings.ingest_port, "INGEST_PORT")
    check_port_is_free(settings.relay_host, settings.relay_port, "RELAY_PORT")
    for warning in (*variables.mistyped(), *variables.retired()):
        say(f"settings   {operator_language.text(warning)}")
    begun_s = time.monotonic()
    if server is not None:
        check_port_is_free("127.0.0.1", settings.embedded_redis_port, "EMBEDDED_REDIS_PORT")
        server.start()
    redis = connection.connect(settings.effective_redis_url)
    version = connection.check(redis, settings.effective_redis_url)
    if risk := connection.risk(redis):
        say(f"redis      risk   {operator_language.text(risk)}")
    schema.agree(redis)
    connection.agree_on_partitions(redis, settings.partitions)
    _migrate(redis, say)
    if not redis.exists(keys.rules_revision()):
        _add_ready_made_rules(redis)
    address = connection.shown(settings.effective_redis_url)
    limit = f", takes at most {server.max_bytes // 1_048_576:,} MB" if server else ""
    say(f"redis      ready  {version} at {address}{limit} ({time.monotonic() - begun_s:.1f} s)")
    return redis


def _check_writable(folder: Path, variable: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".writable-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        place = {"folder": str(folder), "setting": variable}
        raise ConfigurationError(reasons.of("configuration.folder", **place, error=error.strerror)) from error


def _migrate(redis: Redis, say: Say) -> None:
    """Migrate older data to this release's schema, after the heartbeats of processes that just ended have expired."""
    deadline_s = time.monotonic() + process.STALE_MS / 1000 + process.HEARTBEAT_S
    while (
        schema.pending(redis)
        and schema.old_processes(redis, SCHEMA, SystemClock().now_ms())
        and time.monotonic() < deadline_s
    ):
        time.sleep(0.25)
    schema.migrate(redis, SystemClock().now_ms(), lambda step: say(f"migrating  {step.what} (schema {step.to})"))


def _add_ready_made_rules(redis: Redis) -> None:
    rule_files.apply(redis, rule_files.load(rule_files.READY_MADE))
