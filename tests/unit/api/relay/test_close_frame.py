"""What the relay writes to browsers is what RFC 6455 lets them read."""

from hypothesis import given
from hypothesis import strategies as st

from api.relay.frames import close_frame


@given(st.integers(1_000, 4_999), st.text(max_size=20) | st.text(min_size=40, max_size=200))
def test_goodbye_is_text_whatever_names_are_in_it(code: int, reason: str) -> None:
    frame = close_frame(code, reason)
    said = frame[4:].decode()

    assert 126 > frame[1] == len(frame) - 2
    assert reason.startswith(said)
    assert len(reason) == len(said) or len(said.encode()) > 116
