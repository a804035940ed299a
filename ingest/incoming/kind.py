"""What one address of foreign alerts needs: its key, its bound, what it does, and how it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from ingest.alertmanager.calls import Call
from ingest.format import Refused
from shared.model.reasons import Reason

Refuse = Callable[[Request, int, Reason, Mapping[str, str], Refused | None], Response]
"""Makes a refusal as the foreign product words it: request, status, reason, headers, and the error if there is one."""


@dataclass(frozen=True)
class Kind:
    """
    One address.

    Attributes:
        door: What keys and mappings call it.
        max_bytes: Of an unpacked body.
        key_of: Returns the API key of a request that has none in its header; "" if there is none.
        in_address: Whether that key stands in the address; it then must be good for this door alone.
        answer: Does what a body says. The answer is made when the streams have taken it.
    """

    door: str
    max_bytes: int
    key_of: Callable[[Request, bytes], str]
    answer: Callable[[Call, bytes], Response]
    refuse: Refuse
    in_address: bool = False
