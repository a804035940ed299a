"""Texts are cut to a provider's measure and never through what a reader sees as one character."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from dispatchers import truncate

ODD = st.text(alphabet=st.sampled_from("가각힣ㄱa \n&<👩\u200d👧🇰🇷e\u0301…"), max_size=60)
MEASURES = [len, truncate.utf16, truncate.utf8]


@pytest.mark.parametrize("measure", MEASURES)
@given(plain=ODD, limit=st.integers(3, 80))
def test_cut_keeps_to_the_limit_and_to_whole_characters(measure, plain: str, limit: int) -> None:  # type: ignore[no-untyped-def]
    kept = truncate.cut(plain, limit, measure)
    clusters = regex.findall(r"\X", plain)

    assert measure(kept) <= limit
    if kept != plain:
        assert kept.endswith("…")
        assert measure(plain) > limit
        assert kept[:-1] in {"".join(clusters[:n]).rstrip() for n in range(len(clusters) + 1)}


def test_cut_leaves_what_fits() -> None:
    assert "가나다" == truncate.cut("가나다", 3)
    assert "가나…" == truncate.cut("가나다라", 3)


@pytest.mark.parametrize(
    ("plain", "segments"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2),
        ("가" * 70, 1), ("가" * 71, 2), ("가" * 134, 2), ("가" * 135, 3),
        ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_sms_segments_are_counted_in_gsm7_or_ucs2(plain: str, segments: int) -> None:
    assert segments == truncate.sms_segments(plain)


@given(plain=ODD, segments=st.integers(1, 3))
def test_sms_is_cut_to_its_segments(plain: str, segments: int) -> None:
    assert truncate.sms_segments(truncate.cut_to_segments(plain * 10, segments)) <= segments
