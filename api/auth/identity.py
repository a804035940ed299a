"""Who a caller is: role, identity, and the facts that prove it. No Flask and no Redis here: all processes use it."""

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

import msgspec

from shared.model import principals
from shared.model.alerts import UNREADABLE
from shared.model.principals import Kind

Role = Literal["publisher", "viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
_IMPLIES: dict[str, tuple[Role, ...]] = {
    "publisher": ("publisher",),
    "viewer": ("viewer",),
    "operator": ("viewer", "operator"),
    "admin": ("publisher", "viewer", "operator", "admin"),
}
"""What each role may act as. A publisher sends events and reads nothing."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An authenticated caller."""

    name: str
    role: Role
    plugins: tuple[str, ...] = ()
    """Globs of the plugins it may publish for; empty: all."""
    kind: Kind = "token"
    id: str = ""
    """What tells it apart from all others of its kind; empty: its name does."""
    doors: tuple[str, ...] = ()
    """Doors by which it may publish, `events` for the API's own; empty: all."""

    @property
    def principal(self) -> str:
        """Whose rate limit, sessions, replays and acts these are. The name is only for people to read."""
        return principals.principal(self.kind, self.id or self.name)

    @property
    def shown(self) -> str:
        """The name for people, with kind and id unless it is a user's."""
        return principals.shown(self.name, self.principal)

    def may(self, role: Role) -> bool:
        return role in _IMPLIES[self.role]

    def may_publish_by(self, door: str) -> bool:
        return not self.doors or door in self.doors

    def may_publish_for(self, plugin_id: str) -> bool:
        return not self.plugins or any(fnmatchcase(plugin_id, glob) for glob in self.plugins)


Fact = tuple[str, str, bytes]
"""A key, a field of it (empty: the key is a string), and what stands there."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An authenticated caller, and the stored values on which that rests: while none changes, it stays valid."""

    identity: Identity
    facts: tuple[Fact, ...]
    """What was read of Redis; one byte of it changed, and the proof is void."""
    good_until_ms: int
    """From this instant on, by this host's clock, the caller must be authenticated again."""
    ends_at_ms: int = 0
    """From this instant on nothing proves it any more; 0: not by itself."""


class User(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A person who signs in with a password."""

    name: str
    role: Role
    password: str
    """Argon2id, in its own notation with parameters and salt."""
    enabled: bool = True
    created_at_ms: int = 0
    changed_at_ms: int = 0
    valid_from_s: int = 0
    """Access tokens of older releases issued before are void: the password, the role or the person has changed."""
    stamp: str = ""
    """Another one after each change. What was opened under another stamp is void, whenever that is looked at."""


def decode_user(body: bytes | None) -> User | None:
    """Return a stored user; None if there is none, or its record cannot be read, and so nobody can sign in with it."""
    try:
        return msgspec.json.decode(body, type=User) if body else None
    except UNREADABLE:
        return None


def digest(code: str) -> str:
    """Return the digest that is stored of a random secret: it can be compared with the secret, but not used as one."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()
