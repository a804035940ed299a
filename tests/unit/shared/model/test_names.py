"""Names that look alike are alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import names

hidden = st.characters(categories=("Cc", "Cf", "Cn", "Co", "Zl", "Zp"))
letters = st.characters(categories=("Lu", "Ll", "Nd"), max_codepoint=0x24F)


@given(st.text(letters, max_size=20), hidden, st.text(letters, max_size=20))
def test_name_with_something_hidden_anywhere_is_refused(before: str, mark: str, after: str) -> None:
    assert names.why_not(before + mark + after)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", " kim", "kim ", "kim  lee", "kim\n", "kim\u00a0lee", "kim\u3000lee", "kim\u2003lee", "x" * 65),
        *(
            "kim\u200b",
            "\u202enimda",
            "ad\u00admin",
            "admin\ufeff",
            "kim\u2066x\u2069",
            "\ue000",
            "\ud800",
            "a\U000e0061",
        ),
        *("\u3164", "kim\u3164", "\u115f\u1160", "admin\uffa0", "a\u2800b", "kim\ufe0f", "a\u034fb", "k\u180ei"),
        unicodedata.normalize("NFD", "김철수"),
    ],
)
def test_name_that_looks_like_another_is_refused(name: str) -> None:
    assert names.why_not(name)


@pytest.mark.parametrize(
    "name", ["kim", "김철수", "Jean-Paul O'Neil", "kim:pause", "サトウ", "grafana (prod)", "é", "x" * 64]
)
def test_name_that_can_be_read_is_taken(name: str) -> None:
    assert names.why_not(name) is None


@given(st.text(max_size=70))
def test_names_that_are_taken_are_told_apart_by_what_is_seen(name: str) -> None:
    if not names.why_not(name):
        assert name == name.strip() and name == unicodedata.normalize("NFC", name)
        assert all(c == " " or c.isprintable() for c in name)
