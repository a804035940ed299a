"""
Who acts: a kind and an id, written `user:kim` or `key:3f9a…`. Pure.

A display name tells nobody apart: an API key may be called `admin` too. Whatever is counted, owned or listed by person
is kept under the principal; the name is for people to read.
"""

from typing import Literal, get_args

Kind = Literal["user", "key", "link", "token", "shell", "system"]
"""
A user who signed in with a password, by name; an API key, by id; a browser that followed a one-time link, by the link's
name; a token the product made for itself, by its subject; a person at the command line, by the account; the product.
"""
KINDS: tuple[str, ...] = get_args(Kind)
SYSTEM = "system:"


def principal(kind: Kind, identifier: str) -> str:
    """Return the text of a principal. The id has no colon in it, so that a key made of several parts stays readable."""
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
    """Return kind and id of a principal; ("", "") if the text is none, as what older releases stored."""
    kind, colon, identifier = text.partition(":")
    if not colon or kind not in KINDS:
        return "", ""
    return kind, identifier.replace("%3A", ":").replace("%25", "%")
