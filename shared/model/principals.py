"""
Principals: the kind and id of an authenticated caller, written `user:kim` or `key:3f9a…`. Pure.

A display name does not identify a caller: an API key may be called `admin` too. Rate limits, sessions and everything
else that belongs to one caller are stored under the principal; the display name is for people to read.
"""

from typing import Literal, get_args

Kind = Literal["user", "key", "link", "token", "shell", "system"]
"""
What kind of caller it is, and what its id holds:

- user: a person who signed in with a password; the user's name.
- key: an API key; its id.
- link: a browser that followed a one-time link; the link's name.
- token: an access token that the product issued to itself; its subject.
- shell: a person at the command line; the account of the operating system.
- system: the product itself; empty.
"""
KINDS: tuple[str, ...] = get_args(Kind)
SYSTEM = "system:"


def principal(kind: Kind, identifier: str) -> str:
    """Return the text of a principal. Colons of the id are escaped, because they separate the parts of a Redis key."""
    return f"{kind}:{identifier.replace('%', '%25').replace(':', '%3A')}"


SEPARATOR = "  "
"""Between a name and who bears it: no name holds two spaces in a row (`shared.model.names`)."""


def signed(name: str, text: str) -> str:
    """
    Return a name with its principal, for a field that holds a name alone, as `kim  user` or `deploy  key:3f9a…`.

    A release that knows the name alone shows it as it is.
    """
    kind, identifier = parts(text)
    plain = " ".join(name.split())
    if not kind:
        return plain
    return f"{plain}{SEPARATOR}{kind}" if identifier == name else f"{plain}{SEPARATOR}{text}"


def read_signed(text: str) -> tuple[str, str]:
    """Return the name and the principal of what `signed` made; of a name alone, the name and ""."""
    name, separator, suffix = text.rpartition(SEPARATOR)
    kind, colon, _ = suffix.partition(":")
    if not separator or kind not in KINDS:
        return text, ""
    return name, suffix if colon else principal(kind, name)  # type: ignore[arg-type]


def shown(name: str, text: str) -> str:
    """Return a name for people: of a user as it is; of others, who may be called as a user is, with kind and id."""
    kind, identifier = parts(text)
    if kind in ("", "user"):
        return name
    return f"{name} ({kind})" if identifier in ("", name) else f"{name} ({kind} {identifier})"


def parts(text: str) -> tuple[str, str]:
    """Return the kind and id of a principal; ("", "") if the text is not a principal, as in data of older releases."""
    kind, colon, identifier = text.partition(":")
    if not colon or kind not in KINDS:
        return "", ""
    return kind, identifier.replace("%3A", ":").replace("%25", "%")
