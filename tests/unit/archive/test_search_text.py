"""The words of alerts and of searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import search_terms, search_text
from archive.search_query import Search
from shared.model.alerts import TimelineEntry
from tests.support.factories import an_alert


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ()),
        ("  CPU   높음 ", ("cpu", "높음")),
        ('"Disk  full" web', ("disk full", "web")),
        ('"not closed', ("not closed",)),
        ("ｆｕｌｌ full", ("full",)),
        ("디스크", ("디스크",)),
        ('a"bc"', None),
        ("a", None),
        ('"a b"', None),
        ("x" * 201, None),
        (" ".join(f"w{n}" for n in range(9)), None),
    ],
)
def test_queries_are_words_and_phrases(query: str, words: tuple[str, ...] | None) -> None:
    found, refused = search_text.words_of(query)

    assert (words is None) == (refused is not None)
    assert words is None or words == found


@given(st.text(max_size=60), st.text(max_size=6))
def test_a_word_within_a_text_has_its_pairs(text: str, word: str) -> None:
    text, word = search_text.folded(text), search_text.folded(word)

    assert word not in text or search_text.bigrams(word) <= search_text.bigrams(text)


@given(st.sets(st.integers(0, search_terms.WIDTH - 1), min_size=1))
def test_sets_are_packed_and_back(members: set[int]) -> None:
    bits = sum(1 << one for one in members)
    body = search_terms.packed(bits)

    assert bits == search_terms.unpacked(body)
    assert len(body) <= search_terms.WIDTH // 8
    assert sorted(members, reverse=True) == search_terms.numbers(0, bits)


def test_terms_are_numbers_that_a_database_takes() -> None:
    terms = [search_terms.pair("\U0010ffff" * 2), search_terms.EVERY, search_terms.value("label", "\ud800")]

    assert all(0 <= term < 1 << 63 for term in terms)
    assert search_terms.value("label", "a", "b") != search_terms.value("label", "a\0b\0"), "parts do not run together"
    assert frozenset(terms) == search_terms.unpacked_values(search_terms.packed_values(terms))


def test_comments_of_people_come_before_what_the_system_says() -> None:
    reports = [TimelineEntry(at_ms=1, kind="x", reason=f"number {n} " + "y" * 500) for n in range(100)]
    comment = TimelineEntry(at_ms=1, kind="commented", principal="user:kim", by="Kim", reason="the cause")
    document = search_text.searchable_of(an_alert(), [comment, *reports])

    assert "the cause" in document.text
    assert "number 99 " in document.text and "number 1 " not in document.text, "the newest are kept"
    assert len(document.text) <= search_text.MOST_CHARS
    assert {"user:kim"} == document.people


def test_long_words_are_looked_up_by_some_of_their_pairs() -> None:
    groups = Search(words=(search_text.folded("".join(chr(0xAC00 + n) for n in range(150))),)).groups()

    assert len(groups) <= 25
