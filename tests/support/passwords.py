"""Passwords whose hashing costs little: what a hash is made of is tested in tests/unit/api/auth/test_passwords.py."""

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher

from api.auth import passwords

LIGHT: dict[str, Any] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture
def light_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with 8 KiB and one pass instead of 64 MiB and three."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(**LIGHT))
    # The hash that stands in for that of an unknown user is made once a process, by the hasher of that moment.
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()
