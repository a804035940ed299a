"""
Passwords: which are strong enough, and their hashes.

A hash takes 64 MiB. A process makes at most two at a time, for all callers together; further ones must try again.
"""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.errors import Busy
from shared.model import reasons
from shared.model.reasons import Reason

MIN_CHARS = 12
"""NIST SP 800-63B asks for 8 at least, and for length rather than kinds of characters."""
MAX_CHARS = 256
MIN_DIGITS = 20
"""Twelve digits are a date and a telephone number, or tried in a day."""
MIN_LEFT = 8
"""What has to be left when runs, repetitions and the most common words count as two characters."""
AT_ONCE = 2
WAIT_S = 0.25
"""Three people who sign in at the same moment are no attack."""
_COMMON = (
    *("password", "passwort", "passw", "qwerty", "azerty", "letmein", "welcome", "administrator", "admin", "iloveyou"),
    *("monkey", "dragon", "secret", "changeme", "login", "master", "sunshine", "princess", "football", "baseball"),
    *("superman", "trustno", "whatever", "enhanced", "alerts", "alert", "default", "google", "company", "summer"),
    *("winter", "spring", "autumn", "root", "test", "user", "비밀번호", "관리자", "사랑해", "안녕하세요", "패스워드"),
)
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ")
_LOOKALIKES = str.maketrans("@4301$5!7", "aaeolssit")

_hasher = PasswordHasher()
"""Argon2id with the library's parameters, the second choice of RFC 9106 (64 MiB)."""
_turns = threading.BoundedSemaphore(AT_ONCE)


def why_not(password: str, name: str = "") -> Reason | None:
    """Say why a password is not good enough for the user *name*; None if it is."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        return reasons.of("password.length", least=MIN_CHARS, most=MAX_CHARS)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if not any(c.isalpha() for c in plain) and len(plain) < MIN_DIGITS:
        return reasons.of("password.no_letters", least=MIN_DIGITS)
    if min(_left(text, name.casefold()) for text in (plain, plain.translate(_LOOKALIKES))) < MIN_LEFT:
        return reasons.of("password.too_easy")
    return None


def hashed(password: str) -> str:
    """
    Return what is stored of a password.

    Raises:
        Busy: others are being hashed.
    """
    with _turn():
        return _hasher.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """
    Tell whether a password is the stored one; None costs as much work, and is wrong.

    Raises:
        Busy: others are being hashed.
    """
    with _turn():
        try:
            _hasher.verify(_nobodys() if stored is None else stored, password[:MAX_CHARS])
        except (Argon2Error, InvalidHashError):
            return False
    return stored is not None


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_S):
        raise Busy(reasons.of("limit.many_sign_in"))
    try:
        yield
    finally:
        _turns.release()


def _left(text: str, name: str) -> int:
    """Return how many characters are left when what is guessed at once counts as one."""
    period = next((n for n in range(1, len(text) // 2 + 1) if text.startswith(text[n:])), len(text))
    if period < min(len(text), MIN_CHARS):
        return 0
    text = text[:period]
    for word in (*_COMMON, *((name,) if len(name) > 2 else ())):
        text = text.replace(word, word[:2])
    count, run = 0, 0
    for n, char in enumerate(text):
        run = run + 1 if n and _follows(text[n - 1], char) else 1
        count += run <= 2
    return count


def _follows(before: str, char: str) -> bool:
    if abs(ord(char) - ord(before)) <= 1:
        return True
    return any(before + char in row or char + before in row for row in _ROWS)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
