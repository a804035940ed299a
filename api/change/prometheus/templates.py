"""Annotations in Go's template language as templates of ours, where they only name labels and the value. Pure."""

import re

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LABEL = re.compile(r"(?:\$labels|\.Labels)\.(\w+)")
_PRINTF = re.compile(r'printf "([^"%]*)%(\.\d)?([fge])([^"%]*)" (?:\$value|\.Value)')
_PIPED_PRINTF = re.compile(r'(?:\$value|\.Value)\s*\|\s*printf "([^"%]*)%(\.\d)?([fge])([^"%]*)"')
_VALUE = re.compile(r"(?:\$value|\.Value)(?:\s*\|\s*(humanize\w*))?")
_OURS = ("{{", "}}", "{%", "%}", "{#", "#}")
_HUMANIZED = {
    None: "{{ value }}",
    "humanize": "{{ value }}",
    "humanize1024": "{{ value }}",
    "humanizeDuration": "{{ value }} s",
    "humanizePercentage": "{{ '%.4g'|format(value|float * 100) }}%",
}


def translated(text: str) -> str | None:
    """Return *text* as a Jinja2 template; None if it does more than name labels and the value."""
    pieces: list[str] = []
    place = 0
    for action in _ACTION.finditer(text):
        made = _action(action[1])
        if made is None:
            return None
        pieces += [text[place : action.start()], made]
        place = action.end()
    pieces.append(text[place:])
    # Text between two actions must not contain the delimiters of Jinja2.
    return None if any(sign in piece for piece in pieces[::2] for sign in _OURS) else "".join(pieces)


def has_actions(text: str) -> bool:
    """Tell whether *text* is more than plain text."""
    return "{{" in text


def _action(inside: str) -> str | None:
    if label := _LABEL.fullmatch(inside):
        return f"{{{{ alert_labels['{label[1]}']|d('') }}}}"
    if number := _PRINTF.fullmatch(inside) or _PIPED_PRINTF.fullmatch(inside):
        before, precision, letter, after = number.groups()
        if "'" in before + after or "\\" in before + after:
            return None
        return f"{before}{{{{ '%{precision or ''}{letter}'|format(value|float) }}}}{after}"
    if value := _VALUE.fullmatch(inside):
        return _HUMANIZED.get(value[1])
    return None
