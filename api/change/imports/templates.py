"""
Templates of Alertmanager's notifications as ours, where they name labels, annotations and the state. Pure.

Alertmanager renders a template once for a group; ours is rendered for each alert, so `range .Alerts` disappears and
what the alerts have in common is what the alert has.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from dispatchers import user_templates
from shared.errors import Invalid

MAX_CHARS = 20_000
MAX_NESTED = 5
"""Of templates that use others."""
_TOKEN = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_ACTION = re.compile(r"\{\{(-?)(.*?)(-?)\}\}", re.DOTALL)
_OPENS = ("if", "range", "with", "block", "define")
_OURS = ("{{", "}}", "{%", "%}", "{#", "#}")
_DEFINE = re.compile(r'define\s+"([^"]+)"')
_USE = re.compile(r'template\s+"([^"]+)"\s+[.$]')
_LABELS = r"\$?\.(?:CommonLabels|GroupLabels|Labels)"
_LABEL = re.compile(rf'{_LABELS}\.(\w+)|\(?index {_LABELS} "([\w.-]+)"\)?')
_ANNOTATION = re.compile(r"\$?\.(?:CommonAnnotations|Annotations)\.(\w+)")
_ANNOTATIONS = {
    **dict.fromkeys(("summary", "title"), "condition"),
    **dict.fromkeys(("description", "message"), "description"),
    **dict.fromkeys(("runbook_url", "runbook"), "runbook"),
}
_PLAIN = {
    "$.Status": "('resolved' if news == 'resolved' else 'firing')",
    ".Status": "('resolved' if news == 'resolved' else 'firing')",
    ".StartsAt": "since",
    ".GeneratorURL": "link",
    ".ExternalURL": "link",
    "$.ExternalURL": "link",
}
_FUNCTIONS = {"toUpper": "upper", "toLower": "lower", "title": "title", "trimSpace": "trim"}
_EQUALS = re.compile(r'eq (\S+) "([^"\\\']*)"')
_RANGES = {
    ".Alerts": "",
    "$.Alerts": "",
    ".Alerts.Firing": "{% if news != 'resolved' %}",
    ".Alerts.Resolved": "{% if news == 'resolved' %}",
}
_PAIRS = re.compile(r"range \.(?:CommonLabels|GroupLabels|Labels)\.SortedPairs")


class _Token(NamedTuple):
    text: str
    action: str | None
    """What stands in the braces; None: plain text."""
    before: str
    after: str
    """`-` where spaces on that side are dropped."""


class _Untranslatable(Exception):
    pass


def defined(text: str) -> dict[str, str]:
    """Return the templates that a file of templates defines: name → text."""
    found: dict[str, str] = {}
    name, depth = "", 0
    parts: list[str] = []
    for token in _tokens(text[:MAX_CHARS]):
        word = (token.action or "").partition(" ")[0]
        if not name:
            begins = _DEFINE.fullmatch(token.action or "")
            name, parts, depth = (begins[1], [], 0) if begins else ("", [], 0)
            continue
        depth += (word in _OPENS) - (word == "end")
        if depth < 0:
            found[name] = "".join(parts)
            name = ""
        else:
            parts.append(token.text)
    return found


def translated(text: str, known: Mapping[str, str]) -> str | None:
    """
    Return a template as Jinja2; "" for one that is Alertmanager's own, None if it does more than can be translated.

    Args:
        known: The templates that it may use, by name.
    """
    if len(text) > MAX_CHARS:
        return None
    use = _USE.fullmatch(text.strip().removeprefix("{{").removesuffix("}}").strip(" -"))
    if use and use[1] not in known:
        return "" if "default." in use[1] or use[1].startswith("__") else None
    try:
        made = _translated(text, known, 0)
        user_templates.check(made, "template")
    except (_Untranslatable, Invalid):
        return None
    return made.strip()


def _translated(text: str, known: Mapping[str, str], depth: int) -> str:
    if depth > MAX_NESTED:
        raise _Untranslatable
    pieces: list[str] = []
    ends: list[str] = []
    is_in_pairs = False
    for token in _tokens(text):
        if token.action is None:
            if any(sign in token.text for sign in _OURS):
                raise _Untranslatable
            pieces.append(token.text)
            continue
        made = _action(token, ends, known, depth, is_in_pairs=is_in_pairs)
        is_in_pairs = "{% endfor %}" in ends
        pieces.append(made)
        if sum(map(len, pieces)) > MAX_CHARS:
            raise _Untranslatable
    if ends:
        raise _Untranslatable
    return "".join(pieces)


def _action(token: _Token, ends: list[str], known: Mapping[str, str], depth: int, *, is_in_pairs: bool) -> str:
    inside = token.action or ""
    word, _, rest = inside.partition(" ")
    before, after = token.before, token.after
    if inside.startswith("/*"):
        return ""
    if word == "end":
        if not ends:
            raise _Untranslatable
        return ends.pop().replace("{%", "{%" + before).replace("%}", after + "%}")
    if word == "range":
        if _PAIRS.fullmatch(inside):
            ends.append("{% endfor %}")
            return f"{{%{before} for label_name, label_value in alert_labels|items|sort {after}%}}"
        opening = _RANGES.get(rest.strip())
        if opening is None:
            raise _Untranslatable
        ends.append("{% endif %}" if opening else "")
        return opening
    if word == "if":
        ends.append("{% endif %}")
        return f"{{%{before} if {_condition(rest.strip())} {after}%}}"
    if word == "else":
        if not ends or ends[-1] != "{% endif %}":
            raise _Untranslatable
        further = rest.strip().removeprefix("if ").strip()
        return f"{{%{before} elif {_condition(further)} {after}%}}" if further else f"{{%{before} else {after}%}}"
    if use := _USE.fullmatch(inside):
        if use[1] not in known:
            raise _Untranslatable
        return _translated(known[use[1]], known, depth + 1)
    if is_in_pairs and inside in (".Name", ".Value"):
        return f"{{{{{before} label_{inside[1:].lower()} {after}}}}}"
    return f"{{{{{before} {_value(inside)} {after}}}}}"


def _condition(text: str) -> str:
    if equals := _EQUALS.fullmatch(text):
        return f"{_value(equals[1])} == '{equals[2]}'"
    return _value(text)


def _value(text: str) -> str:
    """Return an expression of Jinja2 for one value, with the functions it goes through."""
    first, *functions = [part.strip() for part in text.split("|")]
    function, _, argument = first.partition(" ")
    if function in _FUNCTIONS:
        functions.insert(0, function)
        first = argument.strip()
    found = _named(first)
    for name in functions:
        if name not in _FUNCTIONS:
            raise _Untranslatable
        found = f"{found}|{_FUNCTIONS[name]}"
    return found


def _named(text: str) -> str:
    if text in _PLAIN:
        return _PLAIN[text]
    if label := _LABEL.fullmatch(text):
        name = label[1] or label[2]
        if name == "alertname":
            return "rule"
        return f"alert_labels['{name}']|d({'severity' if name == 'severity' else repr('')})"
    annotation = _ANNOTATION.fullmatch(text)
    if annotation and annotation[1] in _ANNOTATIONS:
        return _ANNOTATIONS[annotation[1]]
    raise _Untranslatable


def _tokens(text: str) -> list[_Token]:
    found = []
    for part in _TOKEN.split(text):
        match = _ACTION.fullmatch(part)
        if match:
            found.append(_Token(part, match[2].strip(), match[1], match[3]))
        elif part:
            found.append(_Token(part, None, "", ""))
    return found
