"""
The password of the embedded server: only the user who started the server can read it.

`enhanced-alerts up` makes a new password at each start and writes it to two files that only its user can read: one in
DATA_DIR, and one in that user's own folder for programs that run elsewhere. A client that connects to a loopback
address without a password reads these files before each connection, so commands and plugins of the same user need no
setting. `producers/publisher.py` contains the same reading, because it must not import this package; a test compares
the two.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from redis.credentials import CredentialProvider

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class LocalPassword(CredentialProvider):
    """Reads the password with each connection: after a new start it is another."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get_credentials(self) -> tuple[str]:
        return (password(self._port),)


def port_of(url: str) -> int | None:
    """Return the port, if an address is of a kind the embedded server may have: plain, loopback, without password."""
    parts = urlsplit(url)
    if parts.scheme != "redis" or parts.password or parts.username or "password=" in parts.query:
        return None
    return (parts.port or 6379) if parts.hostname in LOOPBACK else None


def password(port: int) -> str:
    """Return the password of this user's embedded server on *port*; "" if there is none."""
    for file in _files(port, Path(os.environ.get("DATA_DIR", "").strip() or "var")):
        with suppress(OSError, UnicodeDecodeError):
            return file.read_text(encoding="ascii").strip()
    return ""


def make_password(port: int, data_dir: Path) -> str:
    """Make one and write it where `password` looks."""
    made = secrets.token_urlsafe(32)
    first, *others = _files(port, data_dir)
    write_private(first, made)
    for file in others:
        # Without a home of one's own, as in a container, the file under DATA_DIR is the only one.
        with suppress(OSError):
            write_private(file, made)
    return made


def forget_password(port: int, data_dir: Path) -> None:
    """Remove the files; what listens on the port next is not to be told."""
    for file in _files(port, data_dir):
        with suppress(OSError):
            file.unlink()


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, also if it was there with other rights; whole, or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)


def _files(port: int, data_dir: Path) -> list[Path]:
    name = f"{port}.password"
    found = [data_dir / "redis" / name]
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111  Path.home may raise.
    if os.path.isabs(home):  # noqa: PTH117
        found.append(Path(home) / "enhanced-alerts" / name)
    return found
