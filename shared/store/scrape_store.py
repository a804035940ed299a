"""
Scrape jobs as Redis keeps them, and what the processes that scrape report: files, states of targets, open series.

Jobs hold credentials, so each is sealed as a whole.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from pydantic import ValidationError
from redis import Redis

from shared import vault
from shared.errors import ConfigurationError, Conflict, Invalid, NotFound, Stale
from shared.log import MASK
from shared.model import reasons
from shared.model.encoding import encode
from shared.model.scrapes import SECRETS, ScrapeJob, TargetFile, TargetState
from shared.redis import scrape_keys
from shared.store import audit, sealed
from shared.store.audit import NOBODY, Author

MAX_JOBS = 1_000
FORGET_FILE_MS = 300_000
"""A file that no process has looked at for so long is as good as deleted, e.g. because its machine is gone."""
MAX_SERIES_BYTES = 64 * 1_048_576
"""Of the open series of one target, unpacked; a page has at most 16 MiB."""

_decode_state = msgspec.json.Decoder(TargetState).decode
_decode_file = msgspec.json.Decoder(TargetFile).decode


# -- jobs ---------------------------------------------------------------------------------------------------


def load_all(redis: Redis) -> list[ScrapeJob]:
    """
    Return all jobs, by name. What cannot be read is left out.

    Raises:
        ConfigurationError: one is sealed with a key that this process does not have.
    """
    stored = redis.hgetall(scrape_keys.jobs())
    jobs = (_read(body) for _, body in sorted(stored.items()))
    return [job for job in jobs if job is not None]


def get(redis: Redis, name: str) -> ScrapeJob:
    """
    Return one job.

    Raises:
        NotFound: there is no such job, or it cannot be read.
    """
    job = _read(redis.hget(scrape_keys.jobs(), name))
    if job is None:
        raise NotFound(reasons.of("missing.scrape_job", name=name))
    return job


def shown(job: ScrapeJob) -> dict[str, Any]:
    """Return a job as people may see it: a secret that is set is masked."""
    fields = job.stored()
    return {**fields, **{name: MASK if fields[name] else "" for name in SECRETS}}


def version_of(job: ScrapeJob) -> str:
    """Return a text that changes whenever the job does."""
    return hashlib.sha256(msgspec.json.encode(job.stored(), order="sorted")).hexdigest()[:16]


def save(redis: Redis, job: ScrapeJob, *, expected: str | None = None, author: Author = NOBODY) -> None:
    """
    Store a job; it replaces one of the same name. The processes that scrape follow it within a second.

    Args:
        expected: `version_of` the job that the caller has read; None: it replaces whatever is there.

    Raises:
        Conflict: there are `MAX_JOBS` already. Stale: another caller has changed the job.
    """
    sealed = vault.current().seal(msgspec.json.encode(job.stored()))

    def write(pipe: Any) -> None:
        before = _stored(pipe.hget(scrape_keys.jobs(), job.name))
        _check_version(job.name, before, expected)
        if before is None and pipe.hlen(scrape_keys.jobs()) >= MAX_JOBS:
            raise Conflict(reasons.of("conflict.scrape_jobs_full", limit=MAX_JOBS))
        pipe.multi()
        pipe.hset(scrape_keys.jobs(), job.name, sealed)
        pipe.incr(scrape_keys.revision())
        audit.stage(pipe, author, "scrape_job.save", job.name, shown(before) if before else None, shown(job))

    redis.transaction(write, scrape_keys.jobs())


def delete(redis: Redis, name: str, *, expected: str | None = None, author: Author = NOBODY) -> None:
    """
    Remove a job; its targets' series end within seconds.

    Raises:
        NotFound: there is no such job. Stale: another caller has changed it.
    """

    def write(pipe: Any) -> None:
        if not pipe.hexists(scrape_keys.jobs(), name):
            raise NotFound(reasons.of("missing.scrape_job", name=name))
        before = _stored(pipe.hget(scrape_keys.jobs(), name))
        _check_version(name, before, expected)
        pipe.multi()
        pipe.hdel(scrape_keys.jobs(), name)
        pipe.incr(scrape_keys.revision())
        audit.stage(pipe, author, "scrape_job.delete", name, shown(before) if before else None)

    redis.transaction(write, scrape_keys.jobs())


def seal_again(redis: Redis) -> int:
    """Seal every job with the newest key; returns how many."""
    return sealed.seal_again(redis, scrape_keys.jobs())


def _read(body: bytes | None) -> ScrapeJob | None:
    """
    Raises:
        ConfigurationError: it is sealed with a key that this process does not have.
    """
    if body is None:
        return None
    plain = vault.current().open(body)
    try:
        return ScrapeJob.model_validate(msgspec.json.decode(plain))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValidationError):
        return None


def _stored(body: bytes | None) -> ScrapeJob | None:
    """Return a stored job; None if it cannot be read, so that an administrator can replace or remove it."""
    try:
        return _read(body)
    except ConfigurationError:
        return None


def _check_version(name: str, before: ScrapeJob | None, expected: str | None) -> None:
    if expected is not None and expected != (version_of(before) if before else ""):
        raise Stale(reasons.of("stale.scrape_job", name=name))


# -- what processes report ----------------------------------------------------------------------------------


class Overview(Struct):
    """What a process that scrapes looks at each second."""

    revision: bytes
    """Changes with every change of a job."""
    files: list[TargetFile]
    """Files that processes have read, without those that no process looks at any more."""
    reported: set[str]
    """Ids of the targets of which there is a state, those that were removed included."""


def look(redis: Redis, now_ms: int) -> Overview:
    """Return what may have changed, in one round trip."""
    with redis.pipeline(transaction=False) as pipe:
        pipe.get(scrape_keys.revision()).hvals(scrape_keys.files()).hkeys(scrape_keys.states())
        revision, bodies, reported = pipe.execute()
    ids = {name.decode("utf-8", "replace") for name in reported}
    return Overview(revision or b"", _files(bodies, now_ms), ids)


def files(redis: Redis, now_ms: int) -> list[TargetFile]:
    """Return the files that processes have read, without those that no process looks at any more."""
    return _files(redis.hvals(scrape_keys.files()), now_ms)


def _files(bodies: Iterable[bytes], now_ms: int) -> list[TargetFile]:
    decoded = [_decoded(_decode_file, body) for body in bodies]
    found = [file for file in decoded if file is not None and now_ms - file.seen_at_ms <= FORGET_FILE_MS]
    return sorted(found, key=lambda file: (file.path, file.host))


def report_file(redis: Redis, file: TargetFile) -> None:
    redis.hset(scrape_keys.files(), _place(file.path, file.host), encode(file))


def reported_file(redis: Redis, path: str, host: str) -> TargetFile | None:
    return _decoded(_decode_file, redis.hget(scrape_keys.files(), _place(path, host)))


def forget_files(redis: Redis, host: str, kept: Iterable[str], now_ms: int) -> None:
    """Remove the reports of *host* about files other than *kept*, and those of machines that are gone."""
    wanted = {_place(path, host) for path in kept}
    gone = []
    for name, body in redis.hgetall(scrape_keys.files()).items():
        place = name.decode("utf-8", "replace")
        file = _decoded(_decode_file, body)
        is_own = place.endswith(f"\0{host}")
        if file is None or (is_own and place not in wanted) or now_ms - file.seen_at_ms > FORGET_FILE_MS:
            gone.append(name)
    if gone:
        redis.hdel(scrape_keys.files(), *gone)


def states(redis: Redis) -> dict[str, TargetState]:
    """Return what came of the last scrape of each target, by its id."""
    stored = redis.hgetall(scrape_keys.states())
    decoded = {name.decode("utf-8", "replace"): _decoded(_decode_state, body) for name, body in stored.items()}
    return {name: state for name, state in decoded.items() if state is not None}


def state(redis: Redis, target_id: str) -> TargetState | None:
    return _decoded(_decode_state, redis.hget(scrape_keys.states(), target_id))


def report(redis: Redis, target_id: str, state: TargetState) -> None:
    redis.hset(scrape_keys.states(), target_id, encode(state))


def open_series(redis: Redis, target_id: str) -> set[bytes]:
    """Return the series that a target may have open, as they stand on its page."""
    body = redis.hget(scrape_keys.series(), target_id)
    if not body:
        return set()
    try:
        plain = zlib.decompressobj().decompress(body, MAX_SERIES_BYTES)
    except zlib.error:
        return set()
    return set(plain.split(b"\n"))


def keep_series(redis: Redis, target_id: str, series: Iterable[bytes]) -> None:
    """Store which series a target may have open. The next process that scrapes it ends those that it no longer has."""
    body = b"\n".join(series)
    if body:
        redis.hset(scrape_keys.series(), target_id, zlib.compress(body, 1))
    else:
        redis.hdel(scrape_keys.series(), target_id)


def forget_target(redis: Redis, target_id: str) -> None:
    """Remove all that is kept of a target that is no longer scraped."""
    with redis.pipeline() as pipe:
        pipe.hdel(scrape_keys.series(), target_id).hdel(scrape_keys.states(), target_id).execute()


def _place(path: str, host: str) -> str:
    return f"{path}\0{host}"


def _decoded(decode: Callable[[bytes], Any], body: bytes | None) -> Any:
    """Return a decoded report; None if there is none that can be read."""
    try:
        return decode(body) if body else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def merged(fields: Mapping[str, Any], before: ScrapeJob | None) -> dict[str, Any]:
    """
    Return a job's fields with each masked secret replaced by the stored one.

    Raises:
        Invalid: a secret would go to another address than those it was entered for.
    """
    found = dict(fields)
    masked = [name for name in SECRETS if found.get(name) == MASK]
    if masked and (before is None or (moved := _moved(found, before))):
        problem = reasons.of("invalid.secret_again", fields=moved if before else ["name"])
        raise Invalid(dict.fromkeys(masked, problem), "The job")
    return {**found, **{name: getattr(before, name).get_secret_value() for name in masked}}


def _moved(fields: Mapping[str, Any], before: ScrapeJob) -> list[str]:
    """Return the fields because of which secrets would be sent to others."""
    added = [] if set(fields.get("targets", ())) <= set(before.targets) else ["targets"]
    if fields.get("scheme", "http") not in (before.scheme, "https"):
        added.append("scheme")
    if fields.get("ca_certificate", "") != before.ca_certificate:
        added.append("ca_certificate")
    return added
