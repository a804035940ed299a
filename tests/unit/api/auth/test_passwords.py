"""Which passwords are taken, and how many are hashed at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth import passwords
from shared.errors import Busy

letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz가나다라마바사아자차카타파하")
digits = st.characters(categories=("Nd",))


@pytest.mark.parametrize(
    "password",
    [
        *("short", "123456789012", "000000000000", "19840312 0312", "2024-01-01 12:00"),
        *("aaaaaaaaaaaa", "abcdefghijklmnop", "zyxwvutsrqponm", "qwertyuiop12", "1qaz1qaz1qaz", "asdfghjkl;123"),
        *(
            "password1234",
            "Password2024!",
            "P@ssw0rd2024",
            "passwordpassword",
            "administrator1",
            "비밀번호비밀번호1234",
        ),
        *("kim-kim-kim-kim", "kim12345678910", "Welcome12345", "x" * 257),
    ],
)
def test_password_that_is_guessed_soon_is_refused_and_told_why(password: str) -> None:
    said = passwords.why_not(password, "kim")

    assert "a sentence is best" in str(said)


@pytest.mark.parametrize(
    "password",
    [
        *("말이 없는 밤 열두 시", "correct horse battery", "a long enough sentence", "planted-password-쉿-0123"),
        *("kX3#vq9L!tRz", "13579 24680 11235 81321", "우리 집 고양이는 세 마리"),
    ],
)
def test_password_that_takes_long_to_guess_is_taken(password: str) -> None:
    assert passwords.why_not(password, "kim") is None


@given(st.text(digits, max_size=passwords.MIN_DIGITS - 1))
def test_no_short_row_of_digits_of_any_script_is_taken(password: str) -> None:
    assert passwords.why_not(password)


# No signs that are several letters in plain writing (¾).
@given(
    st.text(st.characters(categories=("Ll", "Nd", "Po", "Zs"), max_codepoint=0x7F), min_size=1, max_size=11),
    st.integers(2, 20),
)
def test_what_is_too_short_is_no_better_for_being_repeated(word: str, times: int) -> None:
    assert passwords.why_not(word * times)


@given(st.lists(letters, min_size=24, max_size=200, unique=True).map("".join))
def test_password_of_many_different_letters_is_taken_unless_they_stand_in_a_row(password: str) -> None:
    neighbours = sum(passwords._follows(*pair) for pair in pairwise(password))

    assert neighbours > 6 or passwords.why_not(password) is None


def test_two_are_hashed_at_a_time_and_the_others_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    real = passwords.PasswordHasher()
    all_asked = threading.Event()

    class Watched(passwords.PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            # As slow as needed, so that the others come meanwhile.
            all_asked.wait(60)
            with lock:
                under_way -= 1
            return real.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(passwords.hashed, "a long enough sentence") for _ in range(40)]
        end = time.monotonic() + 60
        while sum(one.done() for one in asked) < 40 - passwords.AT_ONCE:
            assert time.monotonic() < end
            time.sleep(0.01)
        refused = [one for one in asked if one.done() and isinstance(one.exception(), Busy)]
        all_asked.set()

    assert (passwords.AT_ONCE, 40 - passwords.AT_ONCE) == (most, len(refused))
    assert passwords.hashed("a long enough sentence")
