"""The keys of the vault: what they vouch for, and that no rotation loses one."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from shared import vault
from shared.settings import Settings
from shared.vault import Vault

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))
BEFORE, AFTER, STRANGER = (Vault(Settings(secret_keys=text)) for text in (OLD, f"{NEW},{OLD}", FOREIGN))
purposes = st.text(max_size=20).filter(lambda text: text.isascii())


@given(purposes, st.binary(max_size=200))
def test_mac_is_known_again_by_old_and_new_keys_and_by_no_others(purpose: str, content: bytes) -> None:
    old, new = BEFORE.mac(purpose, content), AFTER.mac(purpose, content)

    assert BEFORE.is_mac(purpose, content, old)
    assert AFTER.is_mac(purpose, content, old) and AFTER.is_mac(purpose, content, new)
    assert not BEFORE.is_mac(purpose, content, new)
    assert not STRANGER.is_mac(purpose, content, old)


@given(purposes, purposes, st.binary(max_size=50), st.binary(max_size=50))
def test_mac_of_one_purpose_and_content_is_wrong_for_every_other(
    purpose: str, other: str, content: bytes, altered: bytes
) -> None:
    made = AFTER.mac(purpose, content)

    assert (purpose, content) == (other, altered) or not AFTER.is_mac(other, altered, made)


@given(st.text(max_size=80))
def test_any_text_is_refused_as_a_mac(text: str) -> None:
    assert not AFTER.is_mac("backup", b"content", text)


def test_what_is_sealed_is_told_from_what_is_not() -> None:
    assert vault.is_sealed(AFTER.seal(b"x"))
    assert not vault.is_sealed(b"x") and not vault.is_sealed(b'{"sealed:": 1}')


def test_rotations_at_the_same_time_lose_no_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    sealed = [Vault(settings).seal(b"first")]

    def rotate(_: int) -> bytes:
        mine = Vault(settings)
        mine.add_key()
        return mine.seal(b"first")

    with ThreadPoolExecutor(8) as pool:
        sealed += pool.map(rotate, range(40))

    assert 41 == len((tmp_path / vault.FILE).read_text().split())
    assert [b"first"] * 41 == [Vault(settings).open(one) for one in sealed]


def test_first_uses_at_the_same_time_make_one_key(tmp_path: Path) -> None:
    for n in range(20):
        settings = Settings(data_dir=tmp_path / str(n))
        with ThreadPoolExecutor(6) as pool:
            sealed = list(pool.map(lambda _, s=settings: Vault(s).seal(b"x"), range(6)))

        assert [b"x"] * 6 == [Vault(settings).open(one) for one in sealed]
        assert [vault.FILE] == [file.name for file in settings.data_dir.iterdir()]


def test_new_keys_are_on_the_disk_under_their_name_before_they_seal(tmp_path: Path, monkeypatch: Any) -> None:
    """A power cut that took the file's name back would leave secrets in Redis that no key opens."""
    synced: list[bool] = []
    real = os.fsync

    def recorded(descriptor: int) -> None:
        real(descriptor)
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(os, "fsync", recorded)
    one = Vault(Settings(data_dir=tmp_path))
    one.seal(b"x")
    first, synced[:] = list(synced), []
    one.add_key()

    assert (True, True) == (first[-1], synced[-1])
