"""
Cutting texts to what a provider takes, between what readers see as characters. Pure.

Providers count differently: characters, UTF-16 units, bytes. A letter with its accents, a Korean syllable made of parts
or a family of emoji joined into one is never cut in two (extended grapheme clusters, UAX #29).
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import regex

ELLIPSIS = "…"
_NO_SPACE = re.compile(r"[^\s\x00-\x20<>\"|\\^`{}\x7f-\xa0]+")
_CLUSTER = regex.compile(r"\X")
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_TWICE = frozenset("^{}\\[~]|€")
"""Characters of the extension table, two septets each (3GPP TS 23.038)."""


def utf16(text: str) -> int:
    """Return how many UTF-16 code units a text has: what Telegram, Discord and SMS count."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def utf8(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def is_link(address: str, *, with_dot: bool = False) -> bool:
    """
    Tell whether a provider takes *address* for a link; one that refuses a link refuses the message around it.

    Args:
        with_dot: Whether the host must be an IP address or have a dot, as Discord wants it.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - Reading it checks it.
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or not _NO_SPACE.fullmatch(address):
        return False
    return not with_dot or ":" in host or "." in host.strip(".")


def cut(text: str, limit: int, measure: Callable[[str], int] = len) -> str:
    """
    Return *text*, or its beginning with an ellipsis, so that `measure` of it is at most *limit*.

    Args:
        limit: At least the measure of the ellipsis.
        measure: Must be additive: the measure of a text is the sum of those of its characters.
    """
    # No character measures less than one, so nothing beyond the limit can stay.
    if len(text) <= limit and measure(text) <= limit:
        return text
    left = limit - measure(ELLIPSIS)
    kept: list[str] = []
    for match in _CLUSTER.finditer(text, 0, limit + 1):
        cluster = match.group()
        left -= measure(cluster)
        if left < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def sms_segments(text: str) -> int:
    """
    Return how many segments an SMS takes.

    One alone holds 160 GSM-7 septets or 70 UTF-16 units; each of several holds 153 or 67, for the header that joins
    them (3GPP TS 23.040).
    """
    if all(c in _GSM7 or c in _GSM7_TWICE for c in text):
        size, alone, joined = len(text) + sum(c in _GSM7_TWICE for c in text), 160, 153
    else:
        size, alone, joined = utf16(text), 70, 67
    return 1 if size <= alone else -(-size // joined)


def cut_to_segments(text: str, segments: int) -> str:
    """Return *text* cut so that it takes at most *segments* SMS segments."""
    if sms_segments(text) <= segments:
        return text
    # The ellipsis is not in GSM-7, so what is cut is counted in UTF-16 units.
    return cut(text, 70 if segments == 1 else 67 * segments, utf16)
