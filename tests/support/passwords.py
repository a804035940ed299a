"""Passwords whose hashing costs little: what a hash is made of is tested in tests/unit/api/auth/test_passwords.py."""

import pytest
from argon2 import PasswordHasher

from api.auth import passwords


@pytest.fixture
def light_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with 8 KiB and one pass instead of 64 MiB and three."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
