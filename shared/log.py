"""One JSON line a happening: a dotted event name plus fields. Nothing secret gets through."""

import fcntl
import json
import logging
import logging.handlers
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.errors import ConfigurationError
from shared.model import printable, reasons
from shared.settings import Settings

_SECRET = ("password", "secret", "token", "authorization", "api_key", "routing_key", "webhook_url", "cookie")
MASK = "•••"
_TALKATIVE = ("urllib3", "apprise", "pywebpush", "py_vapid")
"""Libraries that write whole addresses, which hold keys, into their logs. What they say we say in our own words."""
_MAX_BYTES = 10_000_000
_KEPT_FILES = 5


class Logger:
    """Writes through the standard library's logging, so that handlers, levels and capture work as people expect."""

    def __init__(self, component: str) -> None:
        self._logger = logging.getLogger(f"enhanced_alerts.{component}")
        self._repeated: dict[str, tuple[float, int]] = {}

    def debug(self, event: str, **fields: Any) -> None:
        """A normal step."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Something changed or recovered."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """It will be tried again."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, *, exception: BaseException | None = None, **fields: Any) -> None:
        """A person should look at this. Equal events within a minute become one line; the next line has their count."""
        now = time.monotonic()
        since, held = self._repeated.get(event, (float("-inf"), 0))
        if now - since < 60:
            self._repeated[event] = (since, held + 1)
            return
        self._repeated[event] = (now, 0)
        if held:
            fields["repeated"] = held
        self._write(logging.ERROR, event, fields, exception)

    def _write(self, level: int, event: str, fields: dict[str, Any], exception: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"fields": masked(fields)}, exc_info=exception)


def masked(value: Any, name: str = "") -> Any:
    """Return *value* with everything whose name sounds secret replaced, at any depth."""
    if isinstance(value, dict):
        return {k: masked(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [masked(v, name) for v in value]
    return MASK if value and any(word in name.lower() for word in _SECRET) else value


def set_up(component: str, level: str = "info", file: Path | None = None) -> Logger:
    """
    Send this process's log to *file* (rotated at 10 MB, five kept) or to stderr.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handler = _SharedFile(file, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8")
        except OSError as error:
            why = reasons.of("configuration.log", file=str(file), error=error.strerror)
            raise ConfigurationError(why) from error
    handler.setFormatter(_JsonLine(component))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger("enhanced_alerts").setLevel(level.upper())
    return Logger(component)


def set_up_for(component: str, settings: Settings) -> Logger:
    """
    Send a component's log where it belongs: to stderr, or with LOG_TO_FILE=1 (as `enhanced-alerts up` sets it) to the
    original system's two files, `alert_websocket.log` for the relay and `plugin_monitoring.log` for all others.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    name = "alert_websocket.log" if component == "relay" else "plugin_monitoring.log"
    to_file = os.environ.get("LOG_TO_FILE") == "1"
    return set_up(component, settings.log_level, settings.log_dir / name if to_file else None)


class _SharedFile(logging.handlers.RotatingFileHandler):
    """
    A rotated file that several processes append to, as they do to the original system's one log.

    Without this, each process would rotate on its own when one has: a dozen nearly empty files, and the full one gone.
    """

    def _open(self) -> Any:
        # What happened is nobody else's business; a file of an earlier release was open to all.
        opened = super()._open()
        with suppress(OSError):
            os.fchmod(opened.fileno(), 0o600)
        return opened

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        self._follow()
        return bool(super().shouldRollover(record))

    def doRollover(self) -> None:
        with Path(f"{self.baseFilename}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self.stream
            self._follow()
            if self.stream is before:
                # Nobody else has rotated it while this one waited.
                super().doRollover()

    def _follow(self) -> None:
        """Go on in the new file if another process has moved this one away."""
        if self.stream is not None:
            with suppress(FileNotFoundError):
                here, there = os.fstat(self.stream.fileno()), Path(self.baseFilename).stat()
                if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
                    return
            self.stream.close()
        self.stream = self._open()


class _JsonLine(logging.Formatter):
    def __init__(self, component: str) -> None:
        super().__init__()
        self._component = component

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "component": self._component,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = self.formatException(record.exc_info)
        return printable.in_json(json.dumps(line, ensure_ascii=False, default=str))
