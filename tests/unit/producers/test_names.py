"""The client refuses the very names that the streams refuse."""

from hypothesis import example, given
from hypothesis import strategies as st

from producers.names import is_hidden
from shared.model import names


@given(st.text(max_size=20))
@example("a\u200bb")
@example("\u3164")
@example("한국어 플러그인")
@example("e\ufe0f")
def test_client_and_streams_agree_on_every_name(name: str) -> None:
    assert (names.hides(name) is not None) == is_hidden(name)
