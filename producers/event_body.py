"""
The JSON of an event that a plugin published: its limits are checked here, in the background.

Imports the standard library only, like `producers.plain`, which made the copy.
"""

import json
from collections.abc import Callable
from typing import Any

from producers import plain
from producers.names import is_hidden

MAX_ENTRY_BYTES = 262_144
"""A quarter of what a reader accepts."""


def encode(event: plain.Copy) -> tuple[bytes, list[str]]:
    """
    Return an event as JSON, and what was dropped of it.

    Raises:
        plain.Unusable: the event as a whole cannot be published.
    """
    plugin_id, plugin_name, metrics, states, errors, labels, at_ms, notes, counters, gone, parent_id = event
    if not 1 <= len(plugin_id) <= plain.NAME_LENGTH or not _is_unicode(plugin_id):
        raise plain.Unusable(f"plugin_id must be a text of 1 to {plain.NAME_LENGTH} characters")
    if is_hidden(plugin_id):
        raise plain.Unusable(f"plugin_id {plain.HIDDEN}")
    if plugin_id.startswith(plain.RESERVED):
        raise plain.Unusable(f"plugin_id begins with {plain.RESERVED}, which is reserved; choose another name")
    fields: dict[str, Any] = {"plugin_id": plugin_id}
    if at_ms:
        fields["at_ms"] = at_ms
    if plugin_name:
        fields["plugin_name"] = plugin_name[: plain.TEXT_LENGTH]
    if parent_id:
        if len(parent_id) > plain.NAME_LENGTH or not _is_unicode(parent_id) or is_hidden(parent_id):
            notes.append(f"parent_id must be a text of 1 to {plain.NAME_LENGTH} visible characters, as a plugin_id is")
        else:
            fields["parent_id"] = parent_id
    if metrics:
        fields["metrics"] = _within_limits(metrics, _is_finite, "metrics", plain.MAX_METRICS, notes)
        if counters and (named := [name for name in dict.fromkeys(counters) if name in fields["metrics"]]):
            fields["counters"] = named
    if gone:
        ended = _within_limits(dict.fromkeys(gone, ""), None, "gone", plain.MAX_METRICS, notes)
        fields["gone"] = list(ended)
    if states:
        fields["states"] = _within_limits(states, None, "states", plain.MAX_STATES, notes)
    if errors:
        fields["errors"] = errors
    if labels:
        fields["labels"] = _within_limits(labels, None, "labels", plain.MAX_LABELS, notes)
    text = _dumps(fields)
    try:
        body = text.encode()
    except UnicodeEncodeError:
        body = _dumps(_without_surrogates(fields, notes)).encode()
    for field in ("errors", "states", "labels", "gone", "counters", "metrics", "plugin_name"):
        if len(body) <= MAX_ENTRY_BYTES:
            break
        if fields.pop(field, None) is not None:
            notes.append(f"{field}: the event has {len(body)} bytes, over the limit of {MAX_ENTRY_BYTES}")
            body = _dumps(_without_surrogates(fields, [])).encode()
    content = ("metrics", "states", "errors", "gone")
    if any(note.startswith(content) for note in notes) and not any(fields.get(field) for field in content):
        # Not sent as a sign of life: it was meant to say something, and says nothing.
        raise plain.Unusable(f"nothing of it can be used: {notes[0]}")
    return body, notes


def _dumps(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _within_limits(
    given: dict[Any, Any], is_good: Callable[[Any], bool] | None, field: str, most: int, notes: list[str]
) -> dict[str, Any]:
    good: dict[str, Any] = {}
    beyond = 0
    for name, value in given.items():
        if type(name) is not str:
            name = plain.name_or_nothing(name, field, notes)  # noqa: PLW2901
            if name is None:
                continue
        if not 1 <= len(name) <= plain.NAME_LENGTH:
            notes.append(f"a name in {field} must have 1 to {plain.NAME_LENGTH} characters")
        elif is_hidden(name):
            notes.append(f"{field}: a name {plain.HIDDEN}")
        elif is_good is not None and not is_good(value):
            notes.append(f"{field}.{name} must be a finite number")
        elif len(good) == most:
            beyond += 1
        else:
            good[name] = value if is_good is not None else value[: plain.TEXT_LENGTH]
    if beyond:
        notes.append(f"{field}: an event may have {most}; {beyond} were dropped")
    return good


def _is_finite(value: float) -> bool:
    # Also false for NaN; and a whole number of any size can be compared with a float.
    return -plain.MAX_FLOAT <= value <= plain.MAX_FLOAT


def _without_surrogates(fields: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    good: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "errors":
            good[field] = [report for report in value if all(_is_unicode(part) for part in report.values())]
            bad = len(value) - len(good[field])
        elif isinstance(value, list):
            # Names of metrics, which are noted there.
            good[field] = [name for name in value if _is_unicode(name)]
            bad = 0
        elif isinstance(value, dict):
            good[field] = {name: part for name, part in value.items() if _is_unicode(name) and _is_unicode(part)}
            bad = len(value) - len(good[field])
        else:
            bad = 0 if _is_unicode(value) else 1
            if not bad:
                good[field] = value
        notes.extend([f"{field}: a text that is no Unicode was dropped"] * bad)
    return good


def _is_unicode(value: Any) -> bool:
    try:
        return not isinstance(value, str) or bool(value.encode() or True)
    except UnicodeEncodeError:
        return False
