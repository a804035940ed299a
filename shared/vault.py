"""
Secrets at rest: what must not be read from Redis, its files or a backup is sealed with a key that is in none of them.

The keys come from SECRET_KEYS, or from `secret.key` (mode 0600) under DATA_DIR, made at first need; the newest comes
first and seals, the others still open. Every process of a system needs the same keys.
"""

import base64
import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.errors import ConfigurationError
from shared.model import reasons
from shared.settings import Settings

FILE = "secret.key"
_MARK = b"sealed:"


class Vault:
    """Seals and opens with the keys of one place."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.secret_keys
        self._file = settings.data_dir / FILE
        self._loaded: tuple[MultiFernet, tuple[bytes, ...]] | None = None

    @property
    def place(self) -> str:
        """Where the keys come from, for messages."""
        return "SECRET_KEYS" if self._given else str(self._file)

    def check(self) -> None:
        """
        Raises:
            ConfigurationError: SECRET_KEYS is set and holds no keys; better at the start than with the first secret.
        """
        if self._given:
            self._keys()

    def seal(self, plain: bytes) -> bytes:
        """Return *plain* sealed with the newest key."""
        return _MARK + self._fernet().encrypt(plain)

    def open(self, stored: bytes) -> bytes:
        """
        Return what was sealed; what never was is returned as it is.

        Raises:
            ConfigurationError: none of the keys opens it.
        """
        if not stored.startswith(_MARK):
            return stored
        for _ in range(2):
            try:
                return self._fernet().decrypt(stored.removeprefix(_MARK))
            except InvalidToken:
                # Another process may have put a new key into the file since.
                self._loaded = None
        raise ConfigurationError(reasons.of("configuration.secret_sealed", place=str(self.place)))

    def mac(self, purpose: str, content: bytes) -> str:
        """
        Return the HMAC-SHA256 of *content* under the newest key, in hexadecimal.

        Args:
            purpose: What the HMAC vouches for, e.g. `backup`. An HMAC made for one purpose is wrong for every other.
        """
        return _mac(self._keys()[1][0], purpose, content)

    def is_mac(self, purpose: str, content: bytes, given: str) -> bool:
        """Tell whether *given* is the HMAC of *content* for *purpose* under any key of the vault, old ones included."""
        for _ in range(2):
            macs = (_mac(key, purpose, content) for key in self._keys()[1])
            if any(hmac.compare_digest(mac.encode(), given.encode(errors="replace")) for mac in macs):
                return True
            if self._given:
                break
            # Another process may have put a new key into the file since.
            self._loaded = None
        return False

    def add_key(self) -> None:
        """
        Put a new key before those of the file. What is stored stays sealed with the old ones until sealed again.

        Raises:
            ConfigurationError: the keys come from the environment, where only a person can change them.
        """
        if self._given:
            raise ConfigurationError(reasons.of("configuration.keys_given"))
        self._keys()
        # Two rotations at the same time: the second must read what the first wrote, or the first key would be lost.
        with _locked(self._file):
            _write(self._file, Fernet.generate_key() + b"\n" + self._file.read_bytes())
        self._loaded = None

    def _fernet(self) -> MultiFernet:
        return self._keys()[0]

    def _keys(self) -> tuple[MultiFernet, tuple[bytes, ...]]:
        """Return what seals and opens, and the keys themselves, the newest first."""
        loaded = self._loaded
        if loaded is None:
            texts = [text.strip() for text in (self._given.split(",") if self._given else _read(self._file))]
            try:
                # MultiFernet refuses an empty list with a ValueError.
                fernet = MultiFernet([Fernet(text) for text in texts if text])
            except ValueError:
                raise ConfigurationError(reasons.of("configuration.no_keys", place=str(self.place))) from None
            loaded = self._loaded = fernet, tuple(base64.urlsafe_b64decode(text) for text in texts if text)
        return loaded


def is_sealed(stored: bytes) -> bool:
    """Tell whether *stored* was made by `Vault.seal`. Only opening it tells whether the keys of this vault fit."""
    return stored.startswith(_MARK)


@cache
def current() -> Vault:
    """Return the vault of this process, as its environment says."""
    return Vault(Settings.from_environment())


def _mac(key: bytes, purpose: str, content: bytes) -> str:
    # A key of its own for each purpose (RFC 5869, 2.3: expand), so that no HMAC is made with the key that seals.
    derived = hmac.digest(key, b"enhanced-alerts mac " + purpose.encode() + b"\x01", hashlib.sha256)
    return hmac.new(derived, content, hashlib.sha256).hexdigest()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock beside *file*; the system releases it when the process ends, however that happens."""
    with file.with_name(f"{FILE}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(file: Path) -> list[str]:
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f"{FILE}.{secrets.token_hex(4)}")
            _write(fresh, Fernet.generate_key() + b"\n")
            try:
                # Of several processes that start at once, one wins and all read the same.
                os.link(fresh, file)
            except FileExistsError:
                pass
            else:
                _keep_names(file.parent)
            finally:
                fresh.unlink()
        return file.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        why = reasons.of("configuration.key_file", file=str(file), error=str(error))
        raise ConfigurationError(why) from error


def _write(file: Path, content: bytes) -> None:
    fresh = file.with_name(file.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
    _keep_names(file.parent)


def _keep_names(folder: Path) -> None:
    """Have the disk keep the names of a folder: a key lost in a power cut would leave what it sealed shut for ever."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
