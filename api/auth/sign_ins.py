"""
What is kept of each sign-in, in a browser or of a program: its record, its list, and its end.

Sessions and refresh families of a user carry the stamp the user had when the password was checked; whatever changes the
user changes the stamp, so nothing that was opened before can outlive the change.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct
from redis import Redis
from redis.client import Pipeline

from api.auth.identity import Identity, Role, User, decode_user
from shared.clock import SystemClock
from shared.errors import NotFound
from shared.model import principals, reasons
from shared.model.alerts import UNREADABLE
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import NOBODY, Author

LONGEST_MS = 7 * 86_400_000
"""However much it is used, a session ends a week after the sign-in; so does a copy of its cookie."""
REFRESH_MS = 30 * 86_400_000
"""From the last use of a refresh token."""
LONGEST_FAMILY_MS = 90 * 86_400_000
"""From the sign-in, however often its tokens are refreshed."""
MAX_SIGN_INS = 200
"""
How many sign-ins one caller may have open; a further sign-in ends the oldest. A person uses a few browsers; a program
that loses its tokens signs in again and again.
"""
_T = TypeVar("_T")


class Opened(Struct, kw_only=True):
    longest_ms: ClassVar[int]
    opened_at_ms: int = 0
    """0: the first release did not store it."""
    stamp: str | None = None
    """The user's when the password was checked; None: opened by an older release, which knew of none."""

    @property
    def ends_at_ms(self) -> int:
        return self.opened_at_ms + self.longest_ms

    def has_ended(self, now_ms: int) -> bool:
        """Tell whether its longest time is over, however much it was used."""
        return self.opened_at_ms != 0 and now_ms >= self.ends_at_ms


class Session(Opened):
    longest_ms = LONGEST_MS
    name: str
    role: Role
    is_user: bool


class Family(Opened):
    longest_ms = LONGEST_FAMILY_MS
    name: str
    current: str
    """Digest of the only refresh token that is good now."""


def sessions_of(redis: Redis, owner: Identity) -> list[dict[str, Any]]:
    """Return a caller's sign-ins, newest first, and forget those that have ended."""
    held = access_keys.of_principal(owner.principal)
    places = [place.decode("utf-8", "replace") for place in redis.smembers(held)]
    with redis.pipeline(transaction=False) as pipe:
        for place in places:
            pipe.get(place).pttl(place)
        answers = pipe.execute()
    now_ms = SystemClock().now_ms()
    found = []
    for place, body, left_ms in zip(places, answers[::2], answers[1::2], strict=True):
        if body is None:
            redis.srem(held, place)
            continue
        opened = _decoded(place, body)
        if opened is None or owner_of(opened) != owner.principal:
            # Nobody can read it, so it lets nobody in; or an older release kept those who followed a link in the same
            # place, by name alone.
            continue
        ends_at_ms = min(now_ms + left_ms, opened.ends_at_ms) if opened.opened_at_ms else now_ms + left_ms
        found.append(
            {
                "id": id_of(place),
                "kind": "browser" if isinstance(opened, Session) else "program",
                "opened_at_ms": opened.opened_at_ms,
                "ends_at_ms": ends_at_ms,
            }
        )
    return sorted(found, key=place_in_list)


def place_in_list(session: Mapping[str, Any]) -> tuple[int, str]:
    """Return where a session that people see stands in their list: the newest first."""
    return -session["opened_at_ms"], session["id"]


def end(redis: Redis, owner: Identity, wanted: str, *, author: Author = NOBODY) -> None:
    """
    End one of the caller's own sessions or refresh families.

    Raises:
        NotFound: it is not theirs, or has ended.
    """
    held = access_keys.of_principal(owner.principal)
    for place in (member.decode("utf-8", "replace") for member in redis.smembers(held)):
        # Its owner is written in it and never changes, so it may be read before.
        if id_of(place) != wanted or (body := redis.get(place)) is None:
            continue
        opened = _decoded(place, body)
        if opened is None or owner_of(opened) != owner.principal:
            continue
        with redis.pipeline() as pipe:
            pipe.delete(place).srem(held, place)
            audit.stage(pipe, author, "session.end", wanted)
            pipe.execute()
        return
    raise NotFound(reasons.of("missing.session", session_id=wanted))


def make_room(redis: Redis, owner: str) -> None:
    """
    End the oldest sign-ins of a caller who has `MAX_SIGN_INS`, so that one more may be opened.

    Several that are opened at once may exceed the limit by as many; the next one ends those too.
    """
    held = access_keys.of_principal(owner)
    if redis.scard(held) < MAX_SIGN_INS:
        return
    places = sorted(redis.smembers(held))
    ages = []
    for place, body in zip(places, redis.mget(places), strict=True):
        opened = _decoded(place.decode("utf-8", "replace"), body) if body is not None else None
        ages.append((opened.opened_at_ms if opened is not None else 0, place))
    if oldest := [place for _, place in sorted(ages)[: len(ages) - MAX_SIGN_INS + 1]]:
        redis.pipeline().delete(*oldest).srem(held, *oldest).execute()


def stage_end_of_all(pipe: Pipeline, name: str, places: set[bytes]) -> None:
    """Queue the end of all sessions and refresh families of a user; *places* is what `access_keys.of_user` held."""
    if places:
        pipe.delete(*places, access_keys.of_user(name))


def stage_note(pipe: Pipeline, owner: str, key: str) -> None:
    held = access_keys.of_principal(owner)
    pipe.sadd(held, key)
    pipe.pexpire(held, REFRESH_MS)


def is_current(opened: Opened, user: User) -> bool:
    """Tell whether the user is still as when this was opened. What an older release opened ends when it is deleted."""
    return opened.stamp is None or opened.stamp == user.stamp


def stamp_of(redis: Redis, name: str) -> str:
    user = decode_user(redis.hget(access_keys.users(), name))
    return user.stamp if user else ""


def owner_of(opened: Opened) -> str:
    if isinstance(opened, Session) and not opened.is_user:
        return principals.principal("link", opened.name)
    return principals.principal("user", opened.name)  # type: ignore[attr-defined]


def _decoded(place: str, body: bytes) -> Session | Family | None:
    return read(body, Session) if place.startswith(access_keys.session("")) else read(body, Family)


def read(body: bytes, kind: type[_T]) -> _T | None:
    """Return what was opened; None if nobody can read it, and so it opens nothing."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        return None


def id_of(place: str) -> str:
    return place.rpartition(":")[2][:16]
