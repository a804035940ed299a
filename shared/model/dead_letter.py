"""A dead letter's reason as it is stored: its English text, and beside it code and values as JSON. Pure."""

from typing import Any

import msgspec

from shared.model import reasons
from shared.model.encoding import encode
from shared.model.reasons import Reason

MAX_BYTES = 4_096
"""Size of the stored code and values. Longer ones are not stored; the English text remains."""
MAX_TEXT = 2_048
"""Of the English text, the letters kept."""
NOT_KEPT = "letter.not_kept"
"""The code of a letter that stands for a `count` of others."""
CUT_UNREAD = "letter.cut_unread"
_OF_SEVERAL = (NOT_KEPT, CUT_UNREAD)
_decode = msgspec.json.Decoder(Reason).decode


def fields(why: Reason) -> tuple[bytes, bytes]:
    """Return the fields `reason` and `why` of a dead letter."""
    # A reason may cite what no UTF-8 can hold.
    text = str(why)[:MAX_TEXT].encode("utf-8", "replace")
    try:
        coded = encode(why)
    except UnicodeEncodeError:
        coded = b""
    return text, coded if len(coded) <= MAX_BYTES else b""


def read(coded: bytes) -> Reason:
    """Return the reason in the field `why`; `reasons.NONE` if it is empty, or no process of ours wrote it."""
    if len(coded) > MAX_BYTES:
        return reasons.NONE
    try:
        return _decode(coded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return reasons.NONE


def refused(letter: dict[bytes, bytes]) -> int:
    """Return how many refused records a stored dead letter stands for."""
    why = read(letter.get(b"why", b""))
    count = why.values.get("count") if why.code in _OF_SEVERAL else 1
    return count if isinstance(count, int) else 1


def shown(letter: dict[bytes, bytes]) -> dict[str, Any]:
    """Return a stored dead letter for an answer: its fields as texts, and `reason_code` and `reason_values`."""
    why = read(letter.get(b"why", b""))
    texts = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in letter.items()
        if name != b"why"
    }
    return {**texts, "reason_code": why.code, "reason_values": reasons.plain(why.values)}
