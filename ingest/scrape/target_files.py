"""
Files that list targets (`SCRAPE_FILES`), in the format of Prometheus' `file_sd_config`: JSON or YAML. Shell.

What was read is kept in Redis: every process scrapes its share of it, the API shows it, and the newest valid content
outlives a restart that meets a broken file.
"""

import glob
import socket
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from shared.log import Logger
from shared.model import reasons, scrapes
from shared.model.reasons import Reason
from shared.model.scrapes import FileGroup, TargetFile
from shared.settings import Settings
from shared.store import scrape_store

LOOK_S = 5.0
"""How often files are looked at. The kernel notifies Prometheus of changes; targets do not change so often."""
MAX_FILES = 200
MAX_FILE_BYTES = 4 * 1_048_576
REPORT_MS = 60_000
"""How often a file that does not change is reported as still there."""
ENDINGS = (".json", ".yml", ".yaml")
_decode = msgspec.json.Decoder(list[FileGroup]).decode


class FileError(Exception):
    """A file whose content cannot be used; says why."""

    def __init__(self, why: Reason) -> None:
        super().__init__(str(why))
        self.why = why


class TargetFiles:
    """The files that this process reads."""

    def __init__(self, settings: Settings, redis: Redis, log: Logger) -> None:
        self._globs = [part.strip() for part in settings.scrape_files.split(",") if part.strip()]
        self._redis = redis
        self._log = log
        self._host = socket.gethostname()
        self._stamps: dict[str, tuple[int, int, int]] = {}
        self._reported: dict[str, TargetFile] = {}

    def look(self, now_ms: int) -> None:
        """Read what has changed, and report it."""
        paths = self._paths()
        for path in paths:
            known = self._reported.get(path)
            stamp = _stamp(path)
            if known is None or stamp != self._stamps.get(path):
                known = self._read_again(path, known, now_ms)
                self._stamps[path] = stamp
            elif now_ms - known.seen_at_ms < REPORT_MS:
                continue
            known.seen_at_ms = now_ms
            scrape_store.report_file(self._redis, known)
            self._reported[path] = known
        for path in self._reported.keys() - set(paths):
            del self._reported[path], self._stamps[path]
        scrape_store.forget_files(self._redis, self._host, paths, now_ms)

    def _paths(self) -> list[str]:
        named = (path for pattern in self._globs for path in glob.glob(pattern, recursive=True))  # noqa: PTH207
        found = {str(Path(path).absolute()) for path in named}
        paths = sorted(path for path in found if path.endswith(ENDINGS) and Path(path).is_file())
        if len(paths) > MAX_FILES:
            self._log.error("scrape.too_many_files", files=len(paths), limit=MAX_FILES)
        return paths[:MAX_FILES]

    def _read_again(self, path: str, known: TargetFile | None, now_ms: int) -> TargetFile:
        if known is None:
            known = scrape_store.reported_file(self._redis, path, self._host) or TargetFile(path, self._host)
        try:
            known.groups = parse(_content(path), path)
        except FileError as error:
            known.error = error.why
            self._log.warning("scrape.file_unusable", file=path, reason=str(error))
        else:
            known.error, known.read_at_ms = None, now_ms
        return known


def parse(content: bytes, path: str) -> list[FileGroup]:
    """
    Return the groups of a file.

    Args:
        path: Its ending tells JSON from YAML.

    Raises:
        FileError: the content has another form, or a target in it could not be scraped.
    """
    try:
        groups = _decode(content) if path.endswith(".json") else msgspec.convert(_yaml(content), list[FileGroup])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FileError(reasons.of("scrape.file_form", error=str(error)[:200])) from None
    if sum(len(group.targets) for group in groups) > scrapes.MAX_TARGETS:
        raise FileError(reasons.of("scrape.file_targets", limit=scrapes.MAX_TARGETS))
    for group in groups:
        if wrong := _problem(group):
            raise FileError(wrong)
    return groups


def _problem(group: FileGroup) -> Reason | None:
    for address in group.targets:
        if wrong := scrapes.address_problem(address):
            return wrong
    if len(group.labels) > scrapes.MAX_LABELS:
        return reasons.of("scrape.file_labels", limit=scrapes.MAX_LABELS)
    for name, value in group.labels.items():
        if wrong := scrapes.label_problem(name, value):
            return reasons.of("scrape.file_label", label=name[:80], because=wrong)
    scheme, path = group.labels.get("__scheme__", "http"), group.labels.get("__metrics_path__", "/metrics")
    if scheme not in ("http", "https") or not path.startswith("/") or not path.isascii() or " " in path:
        return reasons.of("scrape.file_address", scheme=scheme[:40], path=path[:80])
    return None


def _yaml(content: bytes) -> Any:
    # Loaded when it is needed: few installations have such a file.
    import yaml

    try:
        return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, ValueError) as error:
        raise FileError(reasons.of("scrape.file_form", error=" ".join(str(error).split())[:200])) from None


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FileError(reasons.of("scrape.file_unreadable", error=error.strerror or type(error).__name__)) from None
    if len(content) > MAX_FILE_BYTES:
        raise FileError(reasons.of("scrape.file_bytes", limit=MAX_FILE_BYTES))
    return content


def _stamp(path: str) -> tuple[int, int, int]:
    """Return what changes with a file; zeros for one that is not there now."""
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
